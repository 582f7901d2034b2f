"""The intermediate results of a problem set's worked solutions, which a reward may ask for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gradus.environments.arithmetic import evaluate, written
from gradus.environments.calls import ToolError
from gradus.problems.problem import Problem
from gradus.problems.published import Tally, problem_rows
from gradus.problems.source import PublishedSource
from gradus.rewards.equations import results


def with_steps(problems: Sequence[Problem], solutions: Mapping[str, str]) -> list[Problem]:
    """The problems with the results of their solutions' equations but for the answer, each once and in order."""
    return [replace(problem, steps=_steps(solutions[problem.id], problem.answer)) for problem in problems]


def published_solutions(source: PublishedSource[Any], path: Path, settings: Any) -> Iterator[tuple[str, str]]:
    """The worked solution of each problem by its id, with the publisher's marks of results where it has them."""
    text = source.annotated or source.solution
    assert text is not None  # as the study was checked for
    for row, problem, _ in problem_rows(source, path, settings, Tally()):
        yield problem.id, text(row)


def _steps(solution: str, answer: str) -> tuple[str, ...]:
    try:
        final = evaluate(answer)
    except ToolError:
        final = None  # an answer that is no number
    return tuple(written(value) for value in results(solution) if value != final)
