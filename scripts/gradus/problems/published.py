"""A published set from a local copy: every row read, corrected, checked, and put in the order of the ids."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from gradus.problems.checks import check_count, check_row
from gradus.problems.fixes import Applied, corrected
from gradus.problems.problem import Problem
from gradus.problems.raw.files import SPLITS, data_files, natural, read_rows
from gradus.problems.source import P, PublishedSource
from gradus.provenance.files import sha256_file


@dataclass(frozen=True)
class Published:
    """`rows` counts what the files hold, `problems` are those that the source's own filters keep."""

    problems: list[Problem]
    rows: int
    fixes: list[Applied]
    left_out: dict[str, int]
    sha256: str


def read_published(source: PublishedSource[P], path: Path, settings: P) -> Published:
    """Read a file or folder in the publisher's format, or as our JSON lines; equal content gives equal problems.

    Raises GradusError for a row that is wrong (naming file and line), a duplicate id, and a wrong number of
    rows.
    """
    part, config = source.part_of(settings), source.config(settings)
    split = part if part in SPLITS else None
    found: dict[str, tuple[Problem, str]] = {}
    fixes: list[Applied] = []
    left_out: Counter[str] = Counter()
    dropped = set(settings.drop)
    rows = 0
    for row in read_rows(path, split, config):
        rows += 1
        problem, applied = corrected(source.problem(row, settings), source.fixes)
        reason = source.left_out(row, settings)
        if reason is not None:
            left_out[reason] += 1
            continue
        if problem.id not in dropped:
            check_row(row, problem, source.answer)
        if problem.id in found:
            first = found[problem.id][1]
            raise row.error(f"the id {problem.id!r} is at {first} already", "remove one, or make ids unique")
        found[problem.id] = problem, row.place
        fixes += applied
    check_count(path, part, rows, source.rows, settings.expect_rows)
    problems = sorted((problem for problem, _ in found.values()), key=lambda problem: natural(problem.id))
    digest = digest_of(path, data_files(path, split, config))
    return Published(problems, rows, sorted(fixes, key=lambda fix: natural(fix.id)), dict(left_out), digest)


def digest_of(path: Path, files: list[Path]) -> str:
    """SHA-256 of the one file, or over the names and digests of a folder's."""
    if path.is_file():
        return sha256_file(path)
    lines = (f"{sha256_file(file)}  {file.relative_to(path).as_posix()}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
