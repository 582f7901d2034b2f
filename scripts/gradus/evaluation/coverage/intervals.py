"""How often a 95% interval holds the truth, and how often a test finds a difference where there is none.

Where the answers are right or wrong this is a finite sum; the rest is simulated, with seeds. `interval_coverage_page`
writes what comes out as INTERVAL_COVERAGE.md.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from gradus.statistics.intervals import Interval
from gradus.statistics.mean_difference import mean_difference
from gradus.statistics.paired import holm
from gradus.statistics.power import mcnemar_power

CountInterval = Callable[[int, int], Interval]
Shape = tuple[float, float]
MeansInterval = Callable[[NDArray[np.float64]], Interval]


def exact_coverage(interval: CountInterval, n: int, p: float) -> float:
    """Probability that `interval(correct, n)` holds p, for correct of Binomial(n, p)."""
    holds = _holds(interval, n, p)
    return float(binom.pmf(np.arange(n + 1), n, p)[holds].sum())


def simulated_coverage(interval: CountInterval, n: int, p: float, repeats: int, seed: int) -> float:
    """The same share among `repeats` benchmarks, each of n questions answered rightly with chance p."""
    right_R_N = np.random.default_rng(seed).random((repeats, n)) < p
    return float(_holds(interval, n, p)[right_R_N.sum(axis=1)].mean())


def means_coverage(interval: MeansInterval, n: int, samples: int, shape: Shape, repeats: int, seed: int) -> float:
    """Share of `repeats` benchmarks whose interval over n question means holds the true mean.

    The chance to solve a question is of the Beta distribution `shape`; each is answered `samples` times.
    """
    generator = np.random.default_rng(seed)
    truth = shape[0] / sum(shape)
    held = 0
    for _ in range(repeats):
        low, high = interval(generator.binomial(samples, generator.beta(*shape, size=n)) / samples)
        held += low <= truth <= high
    return held / repeats


def mcnemar_false_alarms(n: int, discordance: float) -> float:
    """Exact probability that McNemar's exact test gives p <= .05 for two equally good experiments."""
    return mcnemar_power(n, 0.0, discordance)


def means_false_alarms(n: int, samples: int, shape: Shape, repeats: int, seed: int) -> float:
    """For avg@k and two equally good experiments: how often p <= .05, which is how often the interval leaves out 0.

    Both solve a question with the same chance, of the Beta distribution `shape`.
    """
    generator = np.random.default_rng(seed)
    alarms = 0
    for _ in range(repeats):
        chance_N = generator.beta(*shape, size=n)
        a, b = (generator.binomial(samples, chance_N, size=(1, n)) / samples for _ in range(2))
        alarms += mean_difference(a, b).p() <= 0.05
    return alarms / repeats


def family_false_alarms(n: int, experiments: int, samples: int, repeats: int, seed: int) -> tuple[float, float]:
    """How often any of `experiments` equally good ones differs from the baseline at p <= .05: plain, and by Holm.

    All are compared with one baseline, as in a table, so the comparisons are dependent.
    """
    generator = np.random.default_rng(seed)
    alarms = np.zeros(2)
    for _ in range(repeats):
        chance_N = generator.beta(1.0, 1.0, size=n)
        baseline, *others = generator.binomial(samples, chance_N, size=(experiments + 1, 1, n)) / samples
        pvalues = [mean_difference(baseline, other).p() for other in others]
        alarms += [min(pvalues) <= 0.05, min(holm(pvalues)) <= 0.05]
    return float(alarms[0] / repeats), float(alarms[1] / repeats)


@lru_cache(maxsize=64)
def _ends(interval: CountInterval, n: int) -> NDArray[np.float64]:
    return np.array([interval(correct, n) for correct in range(n + 1)])


def _holds(interval: CountInterval, n: int, p: float) -> NDArray[np.bool_]:
    """For each count 0..n, whether its interval holds p."""
    ends = _ends(interval, n)
    return (ends[:, 0] <= p) & (p <= ends[:, 1])
