"""Two experiments on the same questions: tests and intervals for the difference.

Pairing by question removes the spread that both share (some questions are hard for everyone), so it finds
differences that two overlapping intervals hide.

statsmodels is not used here, as measured with 0.15: Holm's p values are the same bytes but take 56 ms instead of 7 us
for 20 comparisons.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import binomtest

from gradus.provenance.errors import GradusError
from gradus.statistics import tango
from gradus.statistics.intervals import Interval


@dataclass(frozen=True)
class PairedDifference:
    """`delta` is b - a as a share; `ci95` its interval; `p` two-sided, not yet corrected for other comparisons."""

    delta: float
    ci95: Interval
    p: float


def mcnemar_exact(a_correct: ArrayLike, b_correct: ArrayLike) -> float:
    """Two-sided exact McNemar test: are the questions that only one of the two solved split evenly?

    a_correct, b_correct: shape (n,), truth values, the same question at the same place. Without a question on which
    they differ, p = 1. Source: Q. McNemar, Psychometrika 12 (1947), in its exact binomial form.
    """
    a, b = _pair(a_correct, b_correct)
    b_only, a_only = int((b & ~a).sum()), int((a & ~b).sum())
    if b_only + a_only == 0:
        return 1.0
    return float(binomtest(b_only, b_only + a_only, 0.5).pvalue)


def paired_difference(a_correct: ArrayLike, b_correct: ArrayLike) -> PairedDifference:
    """One sample a question: accuracy of b minus that of a, Tango's score interval, exact McNemar p.

    The score interval inverts McNemar's asymptotic test, the p is of the exact one, which is the more cautious: in
    a close case the interval may leave out 0 while p is a little above .05.
    """
    a, b = _pair(a_correct, b_correct)
    b_only, a_only = int((b & ~a).sum()), int((a & ~b).sum())
    interval = tango_interval(b_only, a_only, len(a))
    return PairedDifference((b_only - a_only) / len(a), interval, mcnemar_exact(a, b))


def tango_interval(b_only: int, a_only: int, n: int, level: float = 0.95) -> Interval:
    """Tango's score interval for (b_only - a_only) / n, of n paired questions.

    It keeps its level at n = 30, has a width when no question differs, and stays within [-1, 1]; `tango` has sources.
    Raises GradusError when the counts do not fit n.
    """
    if n < 1 or b_only < 0 or a_only < 0 or b_only + a_only > n:
        raise GradusError(f"{b_only} and {a_only} discordant questions do not fit a benchmark of {n}")
    return tango.score_interval(b_only / n, a_only / n, n, float(ndtri(0.5 + level / 2)))


def holm(pvalues: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the order given: rejecting those <= .05 keeps the family's error rate at 5%.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statistics 6 (1979).
    """
    if any(not 0 <= p <= 1 for p in pvalues):  # NaN fails this too
        raise GradusError("Holm's correction needs p values within 0..1")
    adjusted = [0.0] * len(pvalues)
    running = 0.0
    for rank, index in enumerate(sorted(range(len(pvalues)), key=lambda i: pvalues[i])):
        running = max(running, (len(pvalues) - rank) * pvalues[index])
        adjusted[index] = min(1.0, running)
    return adjusted


def correlation(a_means: ArrayLike, b_means: ArrayLike) -> float | None:
    """Correlation over questions of right and wrong (phi), or of question means; None where one side never varies."""
    a, b = _means(a_means, b_means)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.corrcoef(a, b)[0, 1])


def _pair(a_correct: ArrayLike, b_correct: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    a, b = _means(a_correct, b_correct)
    return a.astype(bool), b.astype(bool)


def _means(a_means: ArrayLike, b_means: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = np.asarray(a_means, dtype=np.float64), np.asarray(b_means, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or len(a) == 0:
        raise GradusError(f"a paired comparison needs the same questions on both sides, got {a.shape} and {b.shape}")
    return a, b
