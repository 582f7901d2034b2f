"""The difference of two experiments on the same questions, over several samples, several training runs, or clusters.

Test, interval and equivalence are one construct, so that they agree: Tango's score statistic, which compares questions
that one alone solves, taken from right and wrong to shares as `wilson_means` takes Wilson's. With P the mean gain over
the questions where b is better and M the mean loss over the others, both over all questions, the difference is P - M,
and one answer a question gives it the variance (P + M - (P - M)^2) / n. The size n that gives it the estimated variance
instead, of questions and training runs, is the effective size; t of the variance's degrees of freedom is for z. So it
has a width where no question differs, as on a benchmark that neither solves: a bootstrap has none there, and the
sign-flip test beside it does not know the interval.
"""

from dataclasses import dataclass
from math import copysign, inf, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from gradus.provenance.errors import GradusError
from gradus.statistics.crossed import Clusters, as_table, question_part, run_part
from gradus.statistics.intervals import Interval
from gradus.statistics.tango import score_interval, score_variance

NO_SPREAD = 1e-15


@dataclass(frozen=True)
class MeanDifference:
    """The mean over questions of b less a, and what is needed to hold it against a true difference.

    gain, loss: P and M above, shares. size: the effective size. df: of t. standard_error: of gain - loss; 0 where
    nothing varies.
    """

    gain: float
    loss: float
    size: float
    df: float
    standard_error: float

    @property
    def delta(self) -> float:
        return self.gain - self.loss

    def statistic(self, true: float) -> float:
        """(delta - true) in standard errors, as they would be if `true` were the difference."""
        gap = self.delta - true
        variance = score_variance(self.gain, self.loss, true) / self.size
        if variance <= 0:
            return 0.0 if abs(gap) <= 1e-12 else copysign(inf, gap)
        return gap / sqrt(variance)

    def p(self) -> float:
        """Two-sided, of no difference."""
        return min(1.0, 2 * float(stdtr(self.df, -abs(self.statistic(0.0)))))

    def interval(self, level: float = 0.95) -> Interval:
        """True differences with a p above 1 - level."""
        return score_interval(self.gain, self.loss, self.size, float(stdtrit(self.df, 0.5 + level / 2)))

    def equivalence_p(self, margin: float) -> float:
        """p of two one-sided tests: small where the difference is shown to lie within -margin..margin.

        Source: D. J. Schuirmann, J. Pharmacokinetics and Biopharmaceutics 15 (1987).
        """
        return float(stdtr(self.df, max(-self.statistic(-margin), self.statistic(margin))))


def mean_difference(
    a: ArrayLike, b: ArrayLike, *, paired_runs: bool = False, clusters: Clusters | None = None
) -> MeanDifference:
    """a, b: shapes (S_a, N) and (S_b, N), shares by training run and question, the same question at the same place.

    paired_runs: run K of b was trained from run K of a, so that both have their part of its luck; else runs are
    independent. A side of one run adds nothing for its training. clusters: a label a question.
    """
    first, second = as_table(a), as_table(b)
    if first.shape[1] != second.shape[1]:
        raise GradusError(
            f"a paired comparison needs the same questions on both sides, got {first.shape[1]} and {second.shape[1]}"
        )
    if paired_runs and first.shape != second.shape:
        raise GradusError(f"{first.shape[0]} training runs cannot be paired with {second.shape[0]}")
    runs = run_part(second - first) if paired_runs else run_part(first).plus(run_part(second))
    difference = np.round(second.mean(axis=0) - first.mean(axis=0), 12)  # equal means are equal, whatever their order
    gain, loss = float(np.maximum(difference, 0).mean()), float(np.maximum(-difference, 0).mean())
    questions = question_part(difference, clusters)
    variance, size = runs.added_to(questions.variance), questions.size
    if variance > NO_SPREAD:
        # Runs that move all questions alike, one up and one down, vary more than their means over questions tell.
        lacking = max(0.0, variance + (gain - loss) ** 2 - (gain + loss)) / 2
        gain, loss = gain + lacking, loss + lacking
        size = (gain + loss - (gain - loss) ** 2) / variance
    return MeanDifference(gain, loss, size, runs.total_df(questions.variance, questions.df), sqrt(variance))
