"""Checks on a set before anything is trained: each row by itself as it is read, then the set as a whole."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

from gradus.problems.problem import Problem
from gradus.problems.raw.row import Row
from gradus.provenance.errors import GradusError

MOST_CHARACTERS = 20_000
"""Of a problem or an answer. The longest of the known sets has 4,415; anything longer is a corrupt file."""

FOREIGN_SHARE = 0.2
"""Share of foreign letters above which a text counts as not written in Latin letters."""

MOST_FOREIGN_SHARE = 0.05
"""Most foreign problems of a set. The sets are English; the Chinese half of OlympiadBench is another file."""


def check_row(row: Row, problem: Problem, answer: re.Pattern[str] | None = None) -> None:
    """Raises GradusError naming file and line for an empty, overlong or unwritable text, and for an unlikely answer."""
    for name in ("problem", "answer"):
        text = getattr(problem, name)
        if not text.strip():
            raise row.error(f"{problem.id!r} has an empty {name}", "correct the row, or list its id under `drop`")
        if len(text) > MOST_CHARACTERS:
            raise row.error(
                f"the {name} of {problem.id!r} has {len(text):,} characters, more than {MOST_CHARACTERS:,}",
                "correct the row, or remove it from the file and set `expect_rows`",
            )
    if problem.form != "text" and malformed(problem.answer):
        raise row.error(
            f"the answer {problem.answer!r:.60} of {problem.id!r} has a $ or a brace too many", "correct the row"
        )
    for text in (problem.id, problem.problem, problem.answer, problem.subject):
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise row.error(f"{problem.id!r} holds half a character (a lone surrogate)", "correct the row")
    if answer is not None and not answer.fullmatch(problem.answer):
        raise row.error(f"the answer {problem.answer!r:.60} of {problem.id!r} is not of this set", "correct the row")


def malformed(answer: str) -> bool:
    """Whether a dollar or a brace of the LaTeX has no partner: no model's answer would equal it."""
    depth, bare = 0, re.sub(r"\\.", "", answer, flags=re.DOTALL)
    for character in bare:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return True
    return depth > 0 or bare.count("$") % 2 == 1


def check_count(
    place: object, part: str, found: int, known: Mapping[str, tuple[int, ...]], expect_rows: int | None
) -> None:
    """Raises GradusError where the number of rows is not `expect_rows`, or else a known one of the part."""
    expected = known.get(part, ()) if expect_rows is None else (expect_rows,)
    if expected and found not in expected:
        likely = [name for name, rows in known.items() if found in rows]
        guess = f", as {likely[0]!r} has" if likely else ""
        numbers = " or ".join(f"{rows:,}" for rows in expected)
        raise GradusError(
            f"{place}: expected {numbers} rows ({part}), found {found:,}{guess}; fetch the file again, correct "
            f"`path`, or set `expect_rows: {found}` if this copy is right"
        )


def check_language(place: object, problems: Sequence[Problem]) -> None:
    """Raises GradusError where many problems are not written in Latin letters."""
    foreign = [problem for problem in problems if is_foreign(problem.problem)]
    if len(foreign) > MOST_FOREIGN_SHARE * len(problems):
        raise GradusError(
            f"{place}: {len(foreign)} of {len(problems)} problems are not in Latin letters, the first "
            f"{foreign[0].id!r}; give `path` the English set, or set `foreign: keep` or `leave_out` with `source: file`"
        )


def is_foreign(text: str) -> bool:
    """Whether a text is not written in Latin letters."""
    return foreign_share(text) > FOREIGN_SHARE


def foreign_share(text: str) -> float:
    """Share of a text's letters that are neither Latin nor Greek nor mathematical ones."""
    if text.isascii():
        return 0.0
    letters = [character for character in text if character.isalpha()]
    return sum(map(_is_foreign, letters)) / max(len(letters), 1)


@cache
def _is_foreign(letter: str) -> bool:
    return not unicodedata.name(unicodedata.normalize("NFKC", letter)[0], "").startswith(("LATIN", "GREEK"))


def repeated(problems: Sequence[Problem]) -> list[list[str]]:
    """Ids of problems with the same text but for case and spacing, first one first."""
    groups: dict[str, list[str]] = {}
    for problem in problems:
        groups.setdefault(" ".join(problem.problem.lower().split()), []).append(problem.id)
    return [ids for ids in groups.values() if len(ids) > 1]
