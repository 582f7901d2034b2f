"""How well a verifier tells right from wrong samples, whatever a vote makes of it."""

from collections.abc import Sequence
from statistics import fmean
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradus.evaluation.verdicts import Verdicts
from gradus.statistics.intervals import wilson_means

BINS = 10
"""Of equal width, in which scores are compared with shares: Guo et al. 2017, arXiv:1706.04599, have 15 for 10,000."""


class VerifierMetrics(TypedDict):
    """Of the samples that have an answer and a verdict, as others cast no vote or are of unknown worth.

    answers: how many. right: the share of them that is right. mean_score: equal to `right` where it is calibrated.
    accuracy: of the verdict "right" above 0.5. auc: the chance that a right sample scores above a wrong one, ties
    counting half, over all pairs; auc_within: over pairs of one question, which is what votes gain from, the mean over
    the `questions` that have both, with its interval. brier: the mean squared error. calibration_error: the mean
    distance of score and share, by bins. None where nothing is to be compared.
    """

    answers: int
    right: float | None
    mean_score: float | None
    accuracy: float | None
    auc: float | None
    auc_within: float | None
    auc_within_ci95: list[float] | None
    questions: int
    brier: float | None
    calibration_error: float | None


def measured(verdicts: Verdicts, scores: Sequence[float]) -> VerifierMetrics:
    """scores: of each sample, in the order of the verdicts."""
    known = [
        row
        for row, (answer, correct) in enumerate(zip(verdicts.answers, verdicts.correct, strict=True))
        if answer is not None and correct is not None
    ]
    right_N = np.array([verdicts.correct[row] for row in known], dtype=bool)
    score_N = np.array([scores[row] for row in known], dtype=np.float64)
    by_question: dict[str, list[int]] = {}
    for place, row in enumerate(known):
        by_question.setdefault(verdicts.ids[row], []).append(place)
    within = [auc(right_N[places], score_N[places]) for places in by_question.values()]
    mixed = [value for value in within if value is not None]
    return {
        "answers": len(known),
        "right": _mean(right_N),
        "mean_score": _mean(score_N),
        "accuracy": _mean((score_N > 0.5) == right_N),
        "auc": auc(right_N, score_N),
        "auc_within": fmean(mixed) if mixed else None,
        "auc_within_ci95": list(wilson_means(mixed)) if mixed else None,
        "questions": len(mixed),
        "brier": _mean((score_N - right_N) ** 2),
        "calibration_error": calibration_error(right_N, score_N),
    }


def auc(right: ArrayLike, scores: ArrayLike) -> float | None:
    """The area under the ROC curve, that is Mann and Whitney's U over the number of pairs; None without any pair."""
    right_N, score_N = np.asarray(right, dtype=bool), np.asarray(scores, dtype=np.float64)
    above_R, below_W = score_N[right_N], np.sort(score_N[~right_N])
    if not len(above_R) or not len(below_W):
        return None
    beaten_R, not_above_R = (np.searchsorted(below_W, above_R, side) for side in ("left", "right"))
    return float((beaten_R + not_above_R).sum() / 2 / (len(above_R) * len(below_W)))


def calibration_error(right: NDArray[np.bool_], scores: NDArray[np.float64]) -> float | None:
    """Expected calibration error: the distance of mean score and share of right ones in `BINS` bins, by their sizes."""
    if not len(scores):
        return None
    bin_N = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = [abs((scores[bin_N == b] - right[bin_N == b]).sum()) for b in range(BINS)]
    return float(sum(gaps) / len(scores))


def _mean(values: NDArray[np.generic]) -> float | None:
    return float(values.mean()) if len(values) else None
