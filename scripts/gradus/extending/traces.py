"""For kinds of traces: `def worked(problem: Problem, settings: MySettings) -> str | None`, or
`def read(row: Row, settings: MySettings) -> Solution | None`.
"""

from pydantic import Field

from gradus.problems.problem import Problem
from gradus.problems.raw.row import Row
from gradus.study.settings.own_bases import TracesFromProblems, TracesFromRows
from gradus.traces.solution import Solution

__all__ = ["Field", "Problem", "Row", "Solution", "TracesFromProblems", "TracesFromRows"]
