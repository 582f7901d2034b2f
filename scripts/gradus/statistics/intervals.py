"""Intervals for one accuracy: what range of true accuracies fits the questions that were asked.

The questions are treated as a sample from all questions of that kind, so the spread between questions is the one that
counts. Every function returns `(low, high)` as shares in [0, 1].
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit  # scipy.stats has them too, and takes half a second to import

from gradus.provenance.errors import GradusError

Interval = tuple[float, float]
SIGNIFICANCE_LEVEL = 0.05
"""The adjusted p below which a difference is marked in tables and plots."""


def wilson(correct: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval for `correct` of `n` questions, one sample each.

    Unlike the normal interval it has a width at 0 and at n, and keeps near its level at n = 30.
    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    Raises GradusError when n < 1 or correct is outside 0..n.
    """
    _check_count(correct, n)
    return score_interval(correct / n, float(n), level)


def normal(correct: int, n: int) -> Interval:
    """The interval of the published tables: p ± 1.96 sqrt(p (1 - p) / n), not clipped to [0, 1].

    Kept for comparison with published numbers only: it has no width at 0 of n, and at n = 30 its true coverage is
    45, 78 and 81% for p = .02, .05 and .10. Raises GradusError like `wilson`.
    """
    _check_count(correct, n)
    p = correct / n
    half = 1.96 * sqrt(p * (1 - p) / n)
    return p - half, p + half


def question_means_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Mean ± t times the standard error over question means, for avg@k; clipped to [0, 1].

    values: shape (n,), one mean a question. The k samples of one question are not independent evidence, so n (not
    n k) is the sample size. One question says nothing of the spread between questions: (0, 1). Like every
    standard-error interval it has no width when all means are equal; `wilson_means` has.
    Source: E. Miller, "Adding error bars to evals", arXiv:2411.00640 (2024), section on clustered standard errors.
    """
    means = _shares(values)
    n = len(means)
    if n == 1:
        return 0.0, 1.0
    half = float(stdtrit(n - 1, 0.5 + level / 2)) * float(means.std(ddof=1)) / sqrt(n)
    centre = float(means.mean())
    return max(0.0, centre - half), min(1.0, centre + half)


def wilson_means(values: ArrayLike, level: float = 0.95) -> Interval:
    """Wilson's interval for a mean of shares, with the sample size that the observed spread is worth.

    values: shape (n,), one share a question (avg@k, maj@k, pass@k). With p their mean and v their variance, the
    effective size is n p (1 - p) / v: shares vary less than right-or-wrong answers do. Since v is estimated, the size
    is scaled by (z / t)^2, with t of n - 1 degrees of freedom, but never below n, the size of the widest case. So for
    values of 0 and 1 alone it is exactly `wilson`, and so it is for values that are all equal and show no spread.
    Sources: the effective-size Wilson interval of survey statistics, e.g. P. S. Kott and D. A. Carr, "Developing an
    estimation strategy for a pesticide data program", Journal of Official Statistics 13 (1997); the scaling by degrees
    of freedom: E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data", Survey Methodology 24 (1998).
    """
    shares = _shares(values)
    p, n = float(shares.mean()), len(shares)
    variance = float(shares.var(ddof=1)) if n > 1 else 0.0
    size = float(n)
    if variance > 1e-15:
        z, t = float(ndtri(0.5 + level / 2)), float(stdtrit(n - 1, 0.5 + level / 2))
        size *= max(1.0, p * (1 - p) / variance * (z / t) ** 2)
    return score_interval(p, size, level)


def bootstrap_mean(values: ArrayLike, seed: int, repeats: int = 10_000, level: float = 0.95) -> Interval:
    """Percentile bootstrap over questions of the mean of `values`, shape (n,).

    The same seed gives the same interval. Source: B. Efron and R. Tibshirani, "An introduction to the bootstrap"
    (1993), chapter 13. Somewhat narrow below 50 questions, and of no width when all values are equal.
    """
    means = resampled_means(_shares(values), seed, repeats)
    tail = (1 - level) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def resampled_means(values: NDArray[np.float64], seed: int, repeats: int) -> NDArray[np.float64]:
    """Means of `repeats` resamples of `values` (n,), drawn with replacement; shape (repeats,)."""
    if repeats < 1:
        raise GradusError(f"a bootstrap needs at least 1 repeat, not {repeats}")
    generator = np.random.default_rng(seed)
    n = len(values)
    block = max(1, 2_000_000 // n)  # 16 MB of indices at a time, whatever the benchmark's size
    means = [
        values[generator.integers(0, n, size=(min(block, repeats - start), n))].mean(axis=1)
        for start in range(0, repeats, block)
    ]
    return np.concatenate(means)


def longer_arm(value: float, interval: Sequence[float]) -> float:
    """The smallest m for which value ± m contains the interval."""
    return max(value - interval[0], interval[1] - value, 0.0)


def score_interval(p: float, n: float, level: float = 0.95) -> Interval:
    """Wilson's interval around the share `p` for a sample of size `n`, which need not be whole."""
    z = float(ndtri(0.5 + level / 2))
    scale = 1 + z * z / n
    centre = (p + z * z / (2 * n)) / scale
    half = z / scale * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # At p = 0 and p = 1 one end is exact; rounding would leave it at 1e-17 on the wrong side.
    return (0.0 if p <= 0 else max(0.0, centre - half)), (1.0 if p >= 1 else min(1.0, centre + half))


def _check_count(correct: int, n: int) -> None:
    if n < 1 or not 0 <= correct <= n:
        raise GradusError(f"{correct} correct of {n} is not a score: n must be at least 1 and correct within 0..n")


def _shares(values: ArrayLike) -> NDArray[np.float64]:
    shares = np.asarray(values, dtype=np.float64)
    if shares.ndim != 1 or len(shares) == 0:
        raise GradusError("an interval over questions needs one value a question, and at least one question")
    if not (np.isfinite(shares).all() and shares.min() >= -1e-9 and shares.max() <= 1 + 1e-9):
        raise GradusError("an interval over questions needs shares within 0..1")
    return np.clip(shares, 0.0, 1.0)
