"""For problem sources: `def drawn(seed: int, settings: MySettings) -> list[Problem]`, or
`def read(row: Row, settings: MySettings) -> Problem | None`.
"""

from pydantic import Field

from gradus.problems.problem import Problem
from gradus.problems.raw.row import Row
from gradus.study.settings.own_bases import GeneratedProblems, ProblemsFromRows

__all__ = ["Field", "GeneratedProblems", "Problem", "ProblemsFromRows", "Row"]
