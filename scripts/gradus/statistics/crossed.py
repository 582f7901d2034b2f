"""Accuracy over several training runs: what runs and questions add to the uncertainty of a mean over both.

Answers of S training runs to the same N questions are crossed: a run moves all questions, a question all runs, and the
rest is of the one answer. With mean squares MS of the table of S rows and N columns, the variance of its mean is
estimated without bias by (MS_runs + MS_questions - MS_rest) / (S N); see S. R. Searle, G. Casella and C. E. McCulloch,
"Variance components" (1992), chapter 4. How it is used differs from the textbook in three places, each chosen by
simulation (INTERVAL_COVERAGE.md), because runs are few:

- MS_runs counts as at least a twentieth of MS_rest, below which its expectation never is: three runs of equal accuracy
  happen, and would leave no width at all. The sum is at least two thirds of MS_runs: MS_questions - MS_rest may be
  below 0 by chance, which has to count, but not to take most of the width with it.
- The degrees of freedom are Satterthwaite's ("An approximate distribution of estimates of variance components",
  Biometrics Bulletin 2, 1946) with the runs' part counted 1 + 3 / (S - 1) times. As it is, a variance of three runs
  that is small by luck also looks unimportant, and is held against t of many degrees of freedom: up to 7.8% false
  alarms with 2 degrees for runs, against 5.7% with the factor; with 4 degrees 5.8 and 5.2%.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

from gradus.provenance.errors import GradusError
from gradus.statistics.intervals import Interval, score_interval

Values = NDArray[np.float64]
Clusters = Sequence[object]
"""A label a question: questions with the same one, such as the links of a chain, are no independent evidence."""
LEAST_RUN_SHARE = 1 / 20
LARGEST_CUT = 1 / 3


@dataclass(frozen=True)
class RunPart:
    """What training runs add to the variance of a mean: `variance`, estimated with `df` degrees of freedom.

    rest: the part of it that the spread over questions holds too, so that the sum of both counts it twice. Without
    several runs all are 0 and the interval is over questions only.
    """

    variance: float = 0.0
    df: float = 0.0
    rest: float = 0.0

    def plus(self, other: "RunPart") -> "RunPart":
        """Of two means that were trained independently: variances add; degrees of freedom are Welch's."""
        total = self.variance + other.variance
        squares = sum(part.variance**2 / part.df for part in (self, other) if part.df > 0)
        df = total**2 / squares if squares > 0 else max(self.df, other.df)
        return RunPart(total, df, self.rest + other.rest)

    def added_to(self, questions: float) -> float:
        """Variance of the mean, where the spread over questions gives `questions`."""
        return self.variance + max(-LARGEST_CUT * self.variance, questions - self.rest)

    def quantile(self, questions: float, questions_df: float, level: float = 0.95) -> float:
        """Two-sided quantile for a mean of the variance `added_to(questions)`."""
        return float(stdtrit(self.total_df(questions, questions_df), 0.5 + level / 2))

    def total_df(self, questions: float, questions_df: float) -> float:
        """Degrees of freedom of `added_to(questions)`: between `df`, where runs are all of it, and `questions_df`."""
        if self.df <= 0:
            return questions_df
        weighed = (1 + 3 / self.df) * self.variance
        others = max(0.0, questions - self.rest)
        if weighed + others <= 0:
            return questions_df
        share = weighed / (weighed + others)
        return 1 / (share**2 / self.df + (1 - share) ** 2 / questions_df)


def run_part(values: ArrayLike) -> RunPart:
    """values: shape (S, N), by run and question; nothing is known of runs where S is 1."""
    table = as_table(values)
    runs, questions = table.shape
    if runs == 1:
        return RunPart()
    run_means, question_means, mean = table.mean(axis=1), table.mean(axis=0), table.mean()
    between = float(questions * ((run_means - mean) ** 2).sum() / (runs - 1))
    if questions == 1:
        return RunPart(between / runs, runs - 1.0, 0.0)
    residual = table - run_means[:, None] - question_means[None, :] + mean
    rest = float((residual**2).sum() / ((runs - 1) * (questions - 1)))
    size = runs * questions
    return RunPart(max(between, LEAST_RUN_SHARE * rest) / size, runs - 1.0, rest / size)


@dataclass(frozen=True)
class QuestionPart:
    """What the choice of questions adds to the variance of a mean.

    variance: of the mean of one value a question. df: its degrees of freedom. size: how many independent questions
    theirs are worth: their number, or fewer where they come in clusters.
    """

    variance: float
    df: float
    size: float


def question_part(means: ArrayLike, clusters: Clusters | None = None) -> QuestionPart:
    """means: shape (N,), one a question. clusters: a label a question, where they are not independent.

    With clusters, the variance is the cluster-robust one (E. Miller, arXiv:2411.00640, section 2.2, with the usual
    factor C / (C - 1) for C clusters), never below that of independent questions; where no question differs from
    another, each cluster counts as one question.
    """
    x = np.asarray(means, dtype=np.float64)
    n = len(x)
    variance = float(x.var(ddof=1)) / n if n > 1 else 0.0
    if clusters is None:
        return QuestionPart(variance, max(1.0, n - 1.0), float(n))
    if len(clusters) != n:
        raise GradusError(f"{len(clusters)} cluster labels do not fit {n} questions")
    places = {label: place for place, label in enumerate(dict.fromkeys(clusters))}
    count = len(places)
    sums = np.bincount([places[label] for label in clusters], weights=x - x.mean(), minlength=count)
    df = max(1.0, count - 1.0)
    if variance <= 0 or count == 1:
        return QuestionPart(variance, df, float(count))
    robust = max(variance, float((sums**2).sum()) / n**2 * count / (count - 1))
    return QuestionPart(robust, df, n * variance / robust)


def accuracy_interval(values: ArrayLike, clusters: Clusters | None = None, level: float = 0.95) -> Interval:
    """The interval of an accuracy over questions and training runs.

    values: shape (S, N), shares within 0..1 (one mean a run and question). It is Wilson's with the size n that gives
    p (1 - p) / n the estimated variance, and with t for z; so it keeps within 0..1 and has a width at 0 and 1. For one
    run of right and wrong answers, without clusters, it is `wilson`, for one run of shares `wilson_means`.
    """
    table = as_table(values)
    if table.min() < -1e-9 or table.max() > 1 + 1e-9:
        raise GradusError("an interval of an accuracy needs shares within 0..1")
    p = float(np.clip(table.mean(), 0.0, 1.0))
    runs, questions = run_part(table), question_part(table.mean(axis=0), clusters)
    variance, z = runs.added_to(questions.variance), float(ndtri(0.5 + level / 2))
    size = questions.size
    if variance > 1e-15 and 0 < p < 1:
        t = runs.quantile(questions.variance, questions.df, level)
        size = p * (1 - p) / variance * (z / t) ** 2
        if runs.df <= 0:  # a spread over questions alone is never wider than that of right and wrong answers
            size = max(size, questions.size)
    return score_interval(p, size, level)


def as_table(values: ArrayLike) -> Values:
    """Checked values of shape (S, N)."""
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or 0 in table.shape or not np.isfinite(table).all():
        raise GradusError("training runs and questions need a table of numbers: one row a run, one column a question")
    return table


def standard_error(values: ArrayLike, clusters: Clusters | None = None) -> float:
    """Standard error of the mean of `values` (S, N) over runs and questions."""
    table = as_table(values)
    return sqrt(run_part(table).added_to(question_part(table.mean(axis=0), clusters).variance))
