"""A published set from a local copy: every row read, corrected, checked, and put in the order of the ids."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gradus.problems.checks import check_count, check_language, check_row, is_foreign
from gradus.problems.fixes import Applied, corrected
from gradus.problems.problem import Problem
from gradus.problems.raw.files import SPLITS, data_files, natural, read_rows
from gradus.problems.raw.row import Row
from gradus.problems.source import P, PublishedSource, RowPolicy
from gradus.provenance.errors import GradusError
from gradus.provenance.files import sha256_file


@dataclass(frozen=True)
class Published:
    """`rows` counts what the files hold, `problems` are those that the source's own filters keep.

    first_bad: what is wrong with the first bad row that was left out; empty where none was.
    """

    problems: list[Problem]
    rows: int
    fixes: list[Applied]
    left_out: dict[str, int]
    first_bad: str
    sha256: str


@dataclass
class Tally:
    """What became of a file's rows: how many there are, how many were left out by reason, and the first bad one."""

    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    first_bad: str = ""


def read_published(source: PublishedSource[P], path: Path, settings: P) -> Published:
    """Read a file or folder in the publisher's format, or as our JSON lines; equal content gives equal problems.

    Raises GradusError for a row that is wrong (naming file and line), a duplicate id, a wrong number of rows, and a set
    in another language.
    """
    found: dict[str, tuple[Problem, str]] = {}
    fixes: list[Applied] = []
    tally = Tally()
    for row, problem, applied in problem_rows(source, path, settings, tally):
        if problem.id in found:
            first = found[problem.id][1]
            raise row.error(f"the id {problem.id!r} is at {first} already", "remove one, or make ids unique")
        found[problem.id] = problem, row.place
        fixes += applied
    check_count(path, source.part_of(settings), tally.rows, source.rows, settings.expect_rows)
    problems = [problem for problem, _ in found.values()]
    if source.reading(settings).foreign == "refuse":
        check_language(path, problems)
    if not source.keeps_order:
        problems.sort(key=lambda problem: natural(problem.id))
    digest = digest_of(path, data_files(path, *_chosen(source, settings)))
    fixes.sort(key=lambda fix: natural(fix.id))
    return Published(problems, tally.rows, fixes, dict(tally.left_out), tally.first_bad, digest)


def problem_rows(
    source: PublishedSource[P], path: Path, settings: P, tally: Tally
) -> Iterator[tuple[Row, Problem, list[Applied]]]:
    """The rows that are problems of the set, each with its problem and the fixes that it needed, in the file's order.

    Rows that the settings leave out are counted in `tally`. Raises GradusError for a row that is wrong.
    """
    policy, dropped = source.reading(settings), set(settings.drop)
    answers: dict[str, str] = {}
    for row in source_rows(source, path, settings):
        tally.rows += 1
        try:
            found = source.problem(row, settings)
            if found is None:
                tally.left_out["no problem"] += 1
                continue
            problem, applied = corrected(found, source.fixes)
            reason = source.left_out(row, settings)
            if reason is None and problem.id not in dropped:
                check_row(row, problem, source.answer)
        except GradusError as error:
            if policy.bad == "refuse":
                raise
            tally.left_out["bad"] += 1
            tally.first_bad = tally.first_bad or str(error)
            continue
        reason = reason or _useless(problem, policy, answers)
        if reason is None:
            yield row, problem, applied
        else:
            tally.left_out[reason] += 1


def _useless(problem: Problem, policy: RowPolicy, answers: dict[str, str]) -> str | None:
    """Why the policy leaves a problem out. answers: those of the problems that were read before, by their texts."""
    if policy.foreign == "leave_out" and is_foreign(problem.problem):
        return "not in Latin letters"
    if policy.repeated == "keep":
        return None
    if problem.problem not in answers:
        answers[problem.problem] = problem.answer
        return None
    return "repeated" if answers[problem.problem] == problem.answer else "repeated with another answer"


def source_rows(source: PublishedSource[P], path: Path, settings: P) -> Iterator[Row]:
    """The rows that the settings mean, with the columns' names that the source knows."""
    columns = source.columns(settings)
    for row in read_rows(path, *_chosen(source, settings)):
        yield row.renamed(columns) if columns else row


def _chosen(source: PublishedSource[P], settings: P) -> tuple[str | None, str | None]:
    """Which files of a folder: those of a split and of a config, where there is a choice."""
    part = source.part_of(settings)
    return (part if part in SPLITS else None), source.config(settings)


def digest_of(path: Path, files: list[Path]) -> str:
    """SHA-256 of the one file, or over the names and digests of a folder's."""
    if path.is_file():
        return sha256_file(path)
    lines = (f"{sha256_file(file)}  {file.relative_to(path).as_posix()}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
