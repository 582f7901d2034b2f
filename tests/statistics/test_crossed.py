from math import sqrt

import numpy as np
import pytest
from scipy.stats import t as students_t
from scipy.stats import ttest_ind

from gradus.provenance.errors import GradusError
from gradus.statistics.crossed import accuracy_interval, question_part, run_part, standard_error
from gradus.statistics.intervals import wilson, wilson_means

RIGHT = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 0]])
"""Three runs, four questions. Means of runs 1/2, 1/4, 3/4, of questions 1, 2/3, 1/3, 0, so the mean squares are, of
runs, 4 (1/16 + 1/16) / 2 = 1/4, of questions 3 (1/4 + 1/36 + 1/36 + 1/4) / 3 = 5/9, of the rest
(3 - 1/2 - 5/3) / 6 = 5/36."""


def test_variance_of_a_mean_over_runs_and_questions_by_hand():
    runs = run_part(RIGHT)
    assert (runs.variance, runs.df, runs.rest) == pytest.approx((1 / 48, 2, 5 / 432))
    questions = question_part(RIGHT.mean(axis=0)).variance
    assert questions == pytest.approx(5 / 9 / 12)
    assert runs.added_to(questions) == pytest.approx((1 / 4 + 5 / 9 - 5 / 36) / 12)
    # runs are 1/4 of 2/3, counted 1 + 3/2 times 5/8 of 25/24
    assert runs.total_df(questions, 3) == pytest.approx(1 / (0.6**2 / 2 + 0.4**2 / 3))


def test_accuracy_interval_by_hand():
    t = students_t.ppf(0.975, 1 / (0.6**2 / 2 + 0.4**2 / 3))
    low, high = accuracy_interval(RIGHT)
    for end in (low, high):  # both solve (p - 1/2)^2 = t^2 p (1 - p) / n, with 1/4 / n = 1/18
        assert (end - 0.5) ** 2 == pytest.approx(t**2 * end * (1 - end) / 4.5)


def test_variance_as_reml_of_statsmodels():
    # statsmodels 0.15, mixedlm("y ~ 1", groups=1, vc_formula={"run": "0 + C(run)", "question": "0 + C(question)"})
    values = [
        [0.27, 0.26, 0.32, 0.64, 0.22, 0.35, 0.47, 0.6, 0.54, 0.3, 0.24, 0.59],
        [0.43, 0.34, 0.39, 0.75, 0.33, 0.32, 0.73, 0.52, 0.55, 0.43, 0.47, 0.66],
        [0.39, 0.28, 0.36, 0.75, 0.51, 0.19, 0.66, 0.56, 0.43, 0.49, 0.54, 0.49],
        [0.33, 0.27, 0.4, 0.75, 0.31, 0.35, 0.65, 0.41, 0.45, 0.18, 0.42, 0.43],
    ]
    assert standard_error(values) == pytest.approx(0.0440037, abs=1e-6)


def test_cluster_robust_variance_as_that_of_statsmodels():
    # statsmodels 0.15, ols("x ~ 1").fit(cov_type="cluster"); without clusters .1028
    values, chains = [0.2, 0.3, 0.25, 0.9, 0.8, 0.5, 0.4, 0.45, 0.0, 1.0], list("aaabbcccde")
    found = question_part(values, chains)
    assert sqrt(found.variance) == pytest.approx(0.1384106, abs=1e-6)
    assert found.df == 4
    assert found.size == pytest.approx(10 * 0.1027943**2 / 0.1384106**2, rel=1e-4)


def test_copies_of_a_question_are_no_evidence():
    generator = np.random.default_rng(3)
    means = generator.random(20)
    copied = question_part(np.repeat(means, 3), np.repeat(np.arange(20), 3).tolist())
    alone = question_part(means)
    assert (copied.variance, copied.df) == pytest.approx((alone.variance, alone.df))
    assert copied.size == pytest.approx(20, rel=0.05)
    assert question_part([0.0] * 6, list("aabbcc")).size == 3
    with pytest.raises(GradusError, match="3 cluster labels do not fit 2"):
        question_part([0, 1], list("abc"))


def test_independent_runs_have_welchs_degrees_of_freedom():
    a, b = [[0.5], [0.6], [0.55]], [[0.4], [0.7], [0.2], [0.45]]
    both = run_part(a).plus(run_part(b))
    scipys = ttest_ind(np.ravel(b), np.ravel(a), equal_var=False)
    assert both.df == pytest.approx(scipys.df)
    assert sqrt(both.variance) == pytest.approx((np.mean(b) - np.mean(a)) / scipys.statistic)
    alone = run_part([[0.3]])
    assert (alone.variance, alone.df, both.plus(alone)) == (0, 0, both)


def test_one_run_has_the_intervals_of_one_run():
    generator = np.random.default_rng(1)
    for right in (0, 7, 30):
        assert accuracy_interval([[1] * right + [0] * (30 - right)]) == pytest.approx(wilson(right, 30))
    means = generator.binomial(8, generator.beta(2, 2, 40)) / 8
    assert accuracy_interval([means]) == pytest.approx(wilson_means(means))


def test_runs_that_solve_nothing_or_all_alike_have_a_width():
    assert accuracy_interval(np.zeros((3, 30))) == pytest.approx(wilson(0, 30))
    assert accuracy_interval(np.ones((5, 30))) == pytest.approx(wilson(30, 30))


def test_the_interval_holds_that_runs_differ():
    questions = np.arange(500) / 500
    alike = [questions < 0.5] * 3
    apart = [questions < share for share in (0.46, 0.5, 0.54)]
    (low, high), (wide_low, wide_high) = accuracy_interval(alike), accuracy_interval(apart)
    assert high - low == pytest.approx(0.087, abs=0.002)
    assert wide_high - wide_low > 2 * (high - low)


@pytest.mark.parametrize("values", [[0.5, 0.5], [[]], [[0.5, float("nan")]]])
def test_what_is_no_table_is_refused(values):
    with pytest.raises(GradusError, match="one row a run"):
        accuracy_interval(values)
    with pytest.raises(GradusError, match=r"within 0\.\.1"):
        accuracy_interval([[0.5, 1.5]])
