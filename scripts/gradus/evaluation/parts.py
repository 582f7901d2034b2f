"""Parts of a benchmark: problems with the same entry in a column, each part with a score of its own."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypedDict

from gradus.evaluation.answers import Answers
from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from gradus.statistics.crossed import accuracy_interval
from gradus.study.settings.evaluation import PartColumn

MOST_PARTS = 30
"""Columns that a table has room for; a set with more subjects than this has names of problems there, or the like."""

LEVEL = "level "


class PartScore(TypedDict):
    """Accuracy on the `n` problems of a part, over all training runs, as a share; `correct` counts answers."""

    n: int
    correct: int
    accuracy: float
    ci95: list[float]


def parts_of(source: str | Path, problems: Sequence[Problem], column: PartColumn | None) -> dict[str, str] | None:
    """The part of each problem by its id: its entry in the column, a level as `level 3`; None where `column` is None.

    Raises GradusError for a problem without an entry, and for too many parts. source: for messages.
    """
    if column is None:
        return None
    if (bare := next((problem.id for problem in problems if not getattr(problem, column)), None)) is not None:
        what = f"the problem {bare!r} has no {column}, by which the benchmark has `parts`"
        raise GradusError(f"{source}: {what}; take another column, or remove this key")
    prefix = LEVEL if column == "level" else ""
    found = {problem.id: f"{prefix}{getattr(problem, column)}" for problem in problems}
    if (count := len(set(found.values()))) > MOST_PARTS:
        what = f"the benchmark has {count} parts by {column}, and tables have room for {MOST_PARTS}"
        raise GradusError(f"{source}: {what}; take another column for `parts`, or remove this key")
    return found


def in_order(parts: Iterable[str]) -> list[str]:
    """Each part once, as the problems come; levels by their numbers."""
    found = list(dict.fromkeys(parts))
    levels = [part.removeprefix(LEVEL) for part in found]
    return sorted(found, key=lambda part: int(part.removeprefix(LEVEL))) if all(map(str.isdecimal, levels)) else found


def part_scores(answers: Answers) -> dict[str, PartScore]:
    """By part; the intervals are those of whole benchmarks, over the part's questions. Empty without parts."""
    scores: dict[str, PartScore] = {}
    for part in in_order(answers.parts or ()):
        own = [place for place, of in enumerate(answers.parts or ()) if of == part]
        values = answers.values[:, own]
        clusters = None if answers.clusters is None else [answers.clusters[place] for place in own]
        scores[part] = {
            "n": len(own),
            "correct": round(float(values.sum()) * answers.samples),
            "accuracy": float(values.mean()),
            "ci95": list(accuracy_interval(values, clusters)),
        }
    return scores
