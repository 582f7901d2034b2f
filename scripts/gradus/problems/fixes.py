"""Known faults of published sets, and how each is corrected. Nothing else about a publisher's row is ever changed.

A fix stands here only with its reason, is applied only where the row still has the fault, and is listed in the set's
summary each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gradus.problems.table import Problem, text_digest


@dataclass(frozen=True)
class Fix:
    """In `sources`, for the row with this id or this text's digest, or for any row: `field` goes from `was` to `now`.

    Where both are the same, the fault cannot be corrected and is only made known.
    """

    sources: tuple[str, ...]
    field: Literal["answer", "level"]
    was: str | int
    now: str | int
    why: str
    id: str = ""
    text: str = ""


_EMPTY_BOX = r"the solution's \boxed{} is empty"
_NO_LEVEL = 'the publisher says "Level ?": no filter by levels 1 to 5 keeps it'
_ANGLE = "AIME answers are whole numbers from 0 to 999; some copies keep the degree sign of the solution"

FIXES = (
    Fix(
        sources=("math",),
        id="train/number_theory/7115.json",
        text="34d3b36d1c41",
        field="answer",
        was="",
        now="0",
        why=f"{_EMPTY_BOX}; it shows that every number between n!+1 and n!+n is composite",
    ),
    Fix(
        sources=("math",),
        id="train/number_theory/7117.json",
        text="641a7ef94229",
        field="answer",
        was="",
        now="0",
        why=f"{_EMPTY_BOX}; it shows that no term of the sequence is prime",
    ),
    Fix(("math",), "level", 0, 0, _NO_LEVEL, "train/geometry/377.json", "57589985ebe5"),
    Fix(("math",), "level", 0, 0, _NO_LEVEL, "train/geometry/471.json", "3440a9f7004b"),
    Fix(
        sources=("olympiadbench",),
        id="OE_TO_maths_en_COMP/2349",
        field="answer",
        was="$221,$8$",
        now="$221,8$",
        why="a dollar too many; the solution ends in m = 221 and n = 8",
    ),
    Fix(("aime2024", "aime2025"), "answer", r"336^\circ", "336", _ANGLE),
    Fix(("aime2024", "aime2025"), "answer", r"336^{\circ}", "336", _ANGLE),
)


@dataclass(frozen=True)
class Applied:
    """One fix on one row."""

    id: str
    field: str
    was: str | int
    now: str | int
    why: str


def mended(source: str, problem: Problem, fixes: Sequence[Fix] = FIXES) -> tuple[Problem, list[Applied]]:
    """The problem with the fixes that it needs, and these."""
    applied = []
    for fix in fixes:
        if source in fix.sources and getattr(problem, fix.field) == fix.was and _is_meant(fix, problem):
            problem = replace(problem, **{fix.field: fix.now})
            applied.append(Applied(problem.id, fix.field, fix.was, fix.now, fix.why))
    return problem, applied


def _is_meant(fix: Fix, problem: Problem) -> bool:
    anywhere = not fix.id and not fix.text
    return anywhere or problem.id == fix.id or text_digest(problem.problem) == fix.text
