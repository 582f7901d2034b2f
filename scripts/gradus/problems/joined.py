"""Several problem sets as one."""

from collections.abc import Sequence
from pathlib import Path

from gradus.problems.problem import Problem
from gradus.problems.table import read_problems
from gradus.provenance.errors import GradusError


def read_joined(paths: Sequence[Path]) -> list[Problem]:
    """The problems of all sets in order; one that several sets share (as subsets do) is there once, at its first place.

    Raises GradusError where two sets give one id to different problems: their answers could not be told apart.
    """
    first: dict[str, tuple[Problem, Path]] = {}
    for path in paths:
        for problem in read_problems(path):
            known, there = first.setdefault(problem.id, (problem, path))
            if (known.problem, known.answer) != (problem.problem, problem.answer):
                raise GradusError(f"{path}: the id {problem.id!r} is another problem's in {there}; join other sets")
    return [problem for problem, _ in first.values()]
