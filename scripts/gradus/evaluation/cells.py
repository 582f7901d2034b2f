"""Cells of the ablation table: an experiment on a benchmark, over all of its training runs."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import numpy as np

from gradus.evaluation.answers import Answers
from gradus.evaluation.comparison_table import Comparison
from gradus.evaluation.findings import Star, is_shown, star_of
from gradus.evaluation.parts import PartScore, part_scores
from gradus.evaluation.scores import Score
from gradus.statistics.crossed import accuracy_interval, question_part, run_part


class RunAccuracy(TypedDict):
    """One training run, by its name."""

    run: str
    accuracy: float


class Cell(TypedDict):
    """One experiment on one benchmark. Accuracy, intervals and differences are shares.

    `ci95` is over questions or their clusters, and over training runs where there are several; `ci95_normal` is the
    accuracy ± t standard errors, of one run and one sample that of published tables. `correct` and `unknown` count
    answers of all runs; `n` questions, `samples` the answers to each in one run. The differences from the baseline are
    missing where the two were not compared; `star` is "★" where they differ at an adjusted p < 0.05, "☆" where a side
    that is trained has one training run only. `parts` are there where the benchmark has any.
    """

    accuracy: float
    ci95: list[float]
    ci95_normal: list[float]
    correct: int
    n: int
    unknown: int
    samples: int
    runs: list[RunAccuracy]
    best: bool
    star: Star
    delta_vs_baseline: NotRequired[float]
    p_adjusted: NotRequired[float]
    parts: NotRequired[dict[str, PartScore]]


def build_cell(scores: Sequence[Score], answers: Answers, comparison: Comparison | None, trained_once: bool) -> Cell:
    """scores: of the runs, in the order of `answers.runs`. comparison: with the baseline. trained_once: whether the
    experiment or the baseline is trained and has one run.
    """
    several = len(scores) > 1 or answers.clusters is not None
    cell: Cell = {
        "accuracy": answers.accuracy if several else scores[0]["accuracy"],
        "ci95": list(accuracy_interval(answers.values, answers.clusters)) if several else scores[0]["ci95"],
        "ci95_normal": _normal(answers) if several else scores[0]["ci95_normal"],
        "correct": sum(score["correct"] for score in scores),
        "n": scores[0]["n"],
        "unknown": sum(score["unknown"] for score in scores),
        "samples": scores[0]["samples_per_question"],
        "runs": [{"run": run, "accuracy": s["accuracy"]} for run, s in zip(answers.runs, scores, strict=True)],
        "best": False,
        "star": "",
    }
    if answers.parts is not None:
        cell["parts"] = part_scores(answers)
    if comparison is not None:
        cell["delta_vs_baseline"], cell["p_adjusted"] = comparison["delta"], comparison["p_adjusted"]
        cell["star"] = star_of(is_shown(comparison["p_adjusted"]), trained_once)
    return cell


def _normal(answers: Answers) -> list[float]:
    runs, questions = run_part(answers.values), question_part(answers.question_means, answers.clusters)
    half = runs.quantile(questions.variance, questions.df) * float(np.sqrt(runs.added_to(questions.variance)))
    return [answers.accuracy - half, answers.accuracy + half]
