"""How small a difference a benchmark can show: the power of the paired comparison that Gradus makes."""

from math import sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, chi, norm, t

from gradus.provenance.errors import GradusError

ASSUMED_CORRELATION = 0.5


def minimum_detectable_difference(
    n: int,
    accuracy: float,
    power: float = 0.8,
    alpha: float = 0.05,
    correlation: float = ASSUMED_CORRELATION,
) -> float | None:
    """The smallest true gain over `accuracy` that the exact McNemar test finds with probability `power`.

    n: questions, one sample each. accuracy: of the experiment compared against. alpha: two-sided, of one comparison,
    before any correction for several. The result is a share (0.05 = five points), or None when not even solving
    every question would be found that often.

    How much pairing helps depends on how many questions the two experiments answer differently, and that on the
    `correlation` (phi) of right and wrong over questions: as measured between experiments of this study
    (`comparisons.typical_correlation`), else 0.5 is assumed for two relatives of one model. 0 (independent) is the
    cautious end.

    The power is exact: the number of discordant questions is binomial, and so is their split. The normal formula
    (R. J. Connor, "Sample size for testing differences in proportions for the paired-sample design", Biometrics 43,
    1987) promises too much at n = 30, where the exact test cannot reject with fewer than 6 discordant questions.
    """
    if n < 1 or not 0 <= accuracy <= 1:
        raise GradusError(f"no benchmark has {n} questions and an accuracy of {accuracy}")
    if not (0 < power < 1 and 0 < alpha < 1 and 0 <= correlation <= 1):
        raise GradusError(f"power {power}, alpha {alpha} and correlation {correlation} must be shares")

    def lacking(gain: float) -> float:
        return mcnemar_power(n, gain, _discordance(accuracy, gain, correlation), alpha) - power

    ceiling = 1.0 - accuracy
    if ceiling <= 0 or lacking(ceiling) < 0:
        return None
    # A coarse walk first: the exact power has small steps, and the first gain that reaches it is wanted.
    gains = np.linspace(0, ceiling, 101)[1:]
    reached = next(index for index, gain in enumerate(gains) if lacking(float(gain)) >= 0)
    below = float(gains[reached - 1]) if reached else 0.0
    if lacking(below) >= 0:
        return below
    return float(brentq(lacking, below, float(gains[reached]), xtol=1e-6))


def minimum_detectable_gain(
    standard_error: float, df: float, most: float, power: float = 0.8, alpha: float = 0.05
) -> float | None:
    """The smallest true gain that a difference of this standard error shows with probability `power`.

    For means over several samples or training runs. df: degrees of freedom of the standard error. most: the largest
    gain that there can be. The power is that of the two-sided t test. None where no gain is found that often.
    """
    if not (0 < power < 1 and 0 < alpha < 1 and standard_error > 0 and df > 0):
        raise GradusError(f"power {power}, alpha {alpha}, error {standard_error} and df {df} allow no test")

    def lacking(gain: float) -> float:
        return t_power(df, gain / standard_error, alpha) - power

    return None if most <= 0 or lacking(most) < 0 else float(brentq(lacking, 0.0, most, xtol=1e-6))


def t_power(df: float, centre: float, alpha: float = 0.05) -> float:
    """Probability that a two-sided t test rejects, where the true effect is `centre` standard errors."""
    critical = float(t.ppf(1 - alpha / 2, df))
    # The mean is normal and the deviation independent of it, so the power is an integral over the deviation. That is
    # the noncentral t distribution, which scipy's own function answers with NaN for large effects.
    spread = chi(df, scale=1 / sqrt(df))
    low, high = spread.ppf([1e-13, 1 - 1e-13])
    nodes, weights = np.polynomial.legendre.leggauss(200)
    at = low + (high - low) * (nodes + 1) / 2
    rejected = norm.sf(critical * at - centre) + norm.cdf(-critical * at - centre)
    return float((weights * spread.pdf(at) * rejected).sum() * (high - low) / 2)


def mcnemar_power(n: int, gain: float, discordance: float, alpha: float = 0.05) -> float:
    """Probability that the two-sided exact McNemar test rejects.

    gain: P(only b solves) - P(only a solves); discordance: their sum, so abs(gain) <= discordance <= 1.
    """
    if discordance <= 0:
        return 0.0
    discordant = np.arange(n + 1)
    # The largest count on the losing side at which the test still rejects: 2 P(X <= c) <= alpha; -1 when none.
    critical = binom.ppf(alpha / 2, discordant, 0.5)
    critical = np.where(2 * binom.cdf(critical, discordant, 0.5) <= alpha, critical, critical - 1)
    share = min(1.0, max(0.0, (1 + gain / discordance) / 2))
    rejected = binom.cdf(critical, discordant, share) + binom.sf(discordant - critical - 1, discordant, share)
    return float((binom.pmf(discordant, n, min(1.0, discordance)) * rejected).sum())


def _discordance(accuracy: float, gain: float, correlation: float) -> float:
    """Share of questions that one alone solves, between accuracies a gain apart; at least the gain itself."""
    p, q = accuracy, min(1.0, accuracy + gain)
    independent = p * (1 - q) + q * (1 - p)
    together = correlation * sqrt(p * (1 - p) * q * (1 - q))
    return min(1.0, max(independent - 2 * together, gain))
