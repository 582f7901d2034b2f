"""Tango's score statistic for the difference of two shares on the same questions.

Source: T. Tango, "Equivalence test and confidence interval for the difference in proportions for the paired-sample
design", Statistics in Medicine 17 (1998) 891-908; recommended by M. Fagerland, S. Lydersen and P. Laake, "Recommended
tests and confidence intervals for paired binomial proportions", ibid. 33 (2014).
"""

from math import sqrt

from scipy.optimize import brentq

from gradus.statistics.intervals import Interval


def score_variance(gain: float, loss: float, true: float) -> float:
    """Variance of one question's difference, if `true` were the difference of the shares.

    gain, loss: shares of questions that only the second and only the first solves.
    """
    linear = -gain - loss + (2 - gain + loss) * true
    product = -loss * true * (1 - true)
    # Share of questions that only the first solves: the maximum-likelihood value when the difference is `true`.
    share = (sqrt(max(linear * linear - 8 * product, 0.0)) - linear) / 4
    return max(0.0, 2 * share + true * (1 - true))


def score_interval(gain: float, loss: float, size: float, quantile: float) -> Interval:
    """Differences within `quantile` standard errors of gain - loss, over `size` questions, which need not be whole."""
    estimate = gain - loss

    def excess(true: float) -> float:
        """Squared statistic less the squared quantile, times the variance."""
        return (estimate - true) ** 2 - quantile**2 * score_variance(gain, loss, true) / size

    # At the estimate itself the statistic is 0, so the excess is <= 0 there and > 0 at the far ends; with no
    # discordant question it is 0 at the estimate, so the search starts a step away from it.
    step = 1e-12
    low = -1.0 if estimate <= step - 1 else brentq(excess, -1.0, estimate - step, xtol=1e-14)
    high = 1.0 if estimate >= 1 - step else brentq(excess, estimate + step, 1.0, xtol=1e-14)
    return float(low), float(high)
