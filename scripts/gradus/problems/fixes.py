"""Known faults of published sets, and how each is corrected. Nothing else about a publisher's row is ever changed.

A source lists a fix only with its reason. It is applied only where the row still has the fault, and is listed in the
set's summary each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gradus.problems.problem import Problem, text_digest


@dataclass(frozen=True)
class Fix:
    """For the row with this id or this text's digest, or for any row: `field` goes from `was` to `now`.

    Where both are the same, the fault cannot be corrected and is only made known.
    """

    field: Literal["answer", "level"]
    was: str | int
    now: str | int
    why: str
    id: str = ""
    text: str = ""


@dataclass(frozen=True)
class Applied:
    """One fix on one row."""

    id: str
    field: str
    was: str | int
    now: str | int
    why: str


def corrected(problem: Problem, fixes: Sequence[Fix]) -> tuple[Problem, list[Applied]]:
    """The problem with those of the fixes that it needs, and these."""
    applied = []
    for fix in fixes:
        if getattr(problem, fix.field) == fix.was and _is_meant(fix, problem):
            problem = replace(problem, **{fix.field: fix.now})
            applied.append(Applied(problem.id, fix.field, fix.was, fix.now, fix.why))
    return problem, applied


def _is_meant(fix: Fix, problem: Problem) -> bool:
    anywhere = not fix.id and not fix.text
    return anywhere or problem.id == fix.id or text_digest(problem.problem) == fix.text
