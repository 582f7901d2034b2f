"""The score of one experiment on one benchmark: what `eval/<experiment>/<benchmark>.json` holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NotRequired, TypedDict, cast

import numpy as np

from gradus.evaluation.answers import answers_of_run
from gradus.evaluation.parts import PartScore, part_scores
from gradus.evaluation.verdicts import Verdicts
from gradus.provenance.files import read_json
from gradus.statistics.intervals import bootstrap_mean, normal, question_means_interval, wilson, wilson_means


class FamilyUse(TypedDict):
    """How much a family of domain tokens is used: tokens a response, and the share of responses with any."""

    mean: float
    share: float


class Score(TypedDict):
    """Accuracy with its intervals, and what a reader needs to distrust it; `summarise` says what each key is."""

    experiment: str
    benchmark: str
    n: int
    samples_per_question: int
    correct: int
    accuracy: float
    ci95: list[float]
    ci95_normal: list[float]
    ci95_bootstrap: NotRequired[list[float]]
    question_sd: NotRequired[float | None]
    no_answer: int
    unknown: int
    unknown_reasons: dict[str, int]
    layers: dict[str, int]
    truncated: int
    mean_tokens: float
    protocol: dict[str, Any]
    digests: dict[str, str]
    prompt: str
    parts: NotRequired[dict[str, PartScore]]
    domain_tokens: NotRequired[dict[str, FamilyUse]]
    metrics: NotRequired[dict[str, float]]
    cut: NotRequired[int]


def summarise(
    verdicts: Verdicts,
    *,
    experiment: str,
    benchmark: str,
    protocol: Mapping[str, Any],
    digests: Mapping[str, str],
    prompt: str,
    domain_tokens: Sequence[Mapping[str, int]] = (),
    seed: int = 0,
) -> Score:
    """Accuracy with its intervals, and what a reader needs to distrust it: unknown, unanswered, truncated.

    `n` counts questions. A sample the grader could not judge is counted in `unknown`, by its reason in
    `unknown_reasons`, and is not correct; `layers` counts samples by the layer of grading that judged them. With one
    sample a question `ci95` is Wilson's and `ci95_normal` the published tables' interval; with k samples (avg@k)
    `correct` counts samples, `ci95` is Wilson's over question means, `ci95_normal` uses their standard error,
    `ci95_bootstrap` resamples questions (by `seed`), and `question_sd` is the standard deviation of question means.
    `parts` are the same of each part, with the interval that the tables have. `domain_tokens` are counts of each sample
    by family; the score has them where the model has any family.
    Raises GradusError when questions have different numbers of samples.
    """
    questions = verdicts.by_question()
    n, correct = len(questions), sum(map(sum, questions.values()))
    samples = len(verdicts.ids) // n
    means = [fmean(marks) for marks in questions.values()]
    if samples == 1:
        ci95, ci95_normal = wilson(correct, n), normal(correct, n)
    else:
        ci95, ci95_normal = wilson_means(means), question_means_interval(means)
    score: Score = {
        "experiment": experiment,
        "benchmark": benchmark,
        "n": n,
        "samples_per_question": samples,
        "correct": correct,
        "accuracy": correct / (n * samples),
        "ci95": list(ci95),
        "ci95_normal": list(ci95_normal),
        "no_answer": sum(answer is None for answer in verdicts.answers),
        "unknown": sum(mark is None for mark in verdicts.correct),
        "unknown_reasons": dict(Counter(why for why, mark in zip(verdicts.reasons, verdicts.correct) if mark is None)),
        "layers": dict(Counter(verdicts.layers)),
        "truncated": sum(reason == "length" for reason in verdicts.finish_reasons),
        "mean_tokens": fmean(verdicts.tokens),
        "protocol": dict(protocol),
        "digests": dict(digests),
        "prompt": prompt,
    }
    if samples > 1:
        score["ci95_bootstrap"] = list(bootstrap_mean(means, seed))
        score["question_sd"] = float(np.std(means, ddof=1)) if n > 1 else None
    if verdicts.parts is not None:
        score["parts"] = part_scores(answers_of_run(experiment, verdicts))
    if uses := families_used(domain_tokens):
        score["domain_tokens"] = uses
    return score


def families_used(counts: Sequence[Mapping[str, int]]) -> dict[str, FamilyUse]:
    """Of at least one response, for each family how much it is used."""
    families = counts[0] if counts else ()
    return {
        family: {"mean": fmean(row[family] for row in counts), "share": fmean(row[family] > 0 for row in counts)}
        for family in families
    }


def read_score(path: str | Path) -> Score:
    """What a job of ours wrote. Raises GradusError where the file is torn."""
    return cast(Score, read_json(path))
