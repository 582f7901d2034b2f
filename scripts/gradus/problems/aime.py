"""AIME: problem and answer, a whole number from 0 to 999; I and II have 15 problems each.

Copies name a problem in different ways; all of them lead to one id, `AIME2024-II-4`.
"""

import re

from gradus.problems.fixes import Fix
from gradus.problems.problem import Problem
from gradus.problems.raw.row import Row
from gradus.problems.source import PublishedSource, text_id
from gradus.study.settings.problems import PublishedProblems

EACH = 15
_NAMED = re.compile(r"(?:(?:AIME)?(20[0-9]{2})-)?(II?)-([0-9]{1,2})")
_URL = re.compile(r"(20[0-9]{2})_AIME_(II?)_Problems/Problem_([0-9]{1,2})")
_FILE = re.compile(r".*-(II?)")
_DEMAND = re.compile(r"\s*Please reason step by step, and put your final answer within \\boxed\{\}\.\s*$")

_ANGLE = "AIME answers are whole numbers from 0 to 999; some copies keep the degree sign of the solution"
_FIXES = (Fix("answer", r"336^\circ", "336", _ANGLE), Fix("answer", r"336^{\circ}", "336", _ANGLE))


def aime(year: int, settings: type[PublishedProblems]) -> PublishedSource[PublishedProblems]:
    """The AIME of one year, the settings of which are `settings`."""

    def problem(row: Row, settings: PublishedProblems) -> Problem:
        question = _DEMAND.sub("", row.text("problem", "Problem", "question", "prompt"))
        answer = row.answer("answer", "Answer")
        if answer.isdecimal() and answer.isascii():
            answer = str(int(answer))
        return Problem(_identity(row, year, question), question, answer, 0, "AIME", f"aime{year}")

    return PublishedSource(
        settings=settings,
        licence="no licence; the problems are of the Mathematical Association of America",
        rows={"all": (2 * EACH,)},
        problem=problem,
        answer=re.compile(r"[0-9]{1,3}"),
        fixes=_FIXES,
        notes=("Leading zeros of answers are dropped.",),
    )


def _identity(row: Row, year: int, question: str) -> str:
    own = row.get("id", "ID", "unique_id")
    named = _NAMED.fullmatch(own) if isinstance(own, str) else None
    linked = _URL.search(str(row.get("url")))
    index = row.get("problem_idx")
    part = _FILE.fullmatch(row.file.stem) or _FILE.fullmatch(row.file.parent.name)
    if named:
        there, contest, number = named.groups()
    elif linked:
        there, contest, number = linked.groups()
    elif isinstance(index, int) and 1 <= index <= 2 * EACH:
        there, contest, number = None, "I" if index <= EACH else "II", (index - 1) % EACH + 1
    elif part:
        there, contest, number = None, part[1], row.number % EACH + 1
    else:
        return text_id(f"AIME{year}", question)
    if there and int(there) != year:
        raise row.error(f"a problem of {there}, not {year}", "correct `source` or `path`")
    return f"AIME{year}-{contest}-{number}"
