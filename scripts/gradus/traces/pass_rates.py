"""From a model's answers to the problems that it solves now and then: how often each is solved, and which are kept.

A group of rollouts whose rewards are all alike has no advantage, so that problems which are never or always solved
teach GRPO nothing. DAPO (Yu et al. 2025, arXiv:2503.14476, section 3.2) leaves such groups out as it samples; here the
problems are chosen before, by a model as it was then. A rate of few samples is uncertain: a problem that is solved in
5% of all cases has a right one among 8 in a third of all draws, so that bounds sort out most of what is too easy or too
hard, and not all of it.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from gradus.grading.verdict import grade_completions
from gradus.problems.filters import filtered
from gradus.problems.problem import Problem
from gradus.problems.summary import summary
from gradus.problems.table import read_problems
from gradus.provenance.errors import GradusError
from gradus.provenance.files import sha256_file
from gradus.sampling.samples import Sample, read_samples
from gradus.specs.problems import KeepProblemsSpec

COLUMNS = ("id", "right", "samples", "pass_rate", "kept")
"""docs/results.md says what they hold."""


@dataclass(frozen=True)
class Rate:
    """How many of a problem's samples are right. `kept`: whether that is within the bounds."""

    id: str
    right: int
    samples: int
    kept: bool

    @property
    def share(self) -> float:
        return self.right / self.samples


@dataclass(frozen=True)
class Chosen:
    """The problems of a set in their order, the rates of all that were asked, and the set's summary."""

    problems: list[Problem]
    rates: list[Rate]
    summary: dict[str, Any]

    @property
    def rates_text(self) -> str:
        """`problems/<set>.pass_rates.csv`: one row a problem that was asked, in the order of the set."""
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(
            (rate.id, rate.right, rate.samples, f"{rate.share:.6g}", str(rate.kept).lower()) for rate in self.rates
        )
        return text.getvalue()


def choose_files(problem_file: Path, completions_file: Path, settings: KeepProblemsSpec) -> Chosen:
    """The set that is made of these files.

    Raises GradusError where no rate is within the bounds, or fewer than `size`.
    """
    name, filters = settings.set, settings.problems
    asked = filtered(name, read_problems(problem_file), filters.model_copy(update={"size": None}), settings.seed)
    low, high = settings.pass_rate
    rates = pass_rates(asked, read_samples(completions_file), settings.grading.methods, low, high)
    notes = _notes(rates, settings)
    within = {rate.id for rate in rates if rate.kept}
    if not within:
        raise GradusError(
            f"problem set {name!r}: {settings.by} solves none of {len(rates)} problems in {low:g} to {high:g} of its "
            f"samples ({notes['never']} never, {notes['always']} always); widen keep.pass_rate, or name another model"
        )
    drawn = filters.model_copy(update={"drop": [], "levels": None, "subjects": None})
    problems = filtered(name, [problem for problem in asked if problem.id in within], drawn, settings.seed)
    origin = {"source": "subset", "of": filters.of, "pass_rate": notes}
    origin |= {"digests": {"completions": sha256_file(completions_file)}}
    return Chosen(problems, rates, summary(name, problems, origin))


def pass_rates(
    problems: Sequence[Problem], samples: Iterable[Sample], methods: Sequence[str], low: float, high: float
) -> list[Rate]:
    """Of each problem, in order. What the grader cannot decide is not right, as in accuracies."""
    by_problem: dict[str, list[str]] = {problem.id: [] for problem in problems}
    for sample in samples:
        by_problem[sample.id].append(sample.text)
    rates = []
    for problem in problems:
        texts = by_problem[problem.id]
        right = sum(bool(v.correct) for v in grade_completions(texts, [problem.reference] * len(texts), methods))
        rates.append(Rate(problem.id, right, len(texts), low <= right / len(texts) <= high))
    return rates


def _notes(rates: Sequence[Rate], settings: KeepProblemsSpec) -> dict[str, Any]:
    """For the set's summary: by whose rates it was chosen, and how these are spread."""
    low, high = settings.pass_rate
    return {
        "by": settings.by,
        "bounds": [low, high],
        "samples": rates[0].samples,
        "asked": len(rates),
        "never": sum(rate.right == 0 for rate in rates),
        "always": sum(rate.right == rate.samples for rate in rates),
        "below": sum(rate.share < low for rate in rates),
        "above": sum(rate.share > high for rate in rates),
        "within": sum(rate.kept for rate in rates),
        "mean": round(sum(rate.share for rate in rates) / len(rates), 6),
    }
