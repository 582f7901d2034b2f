from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import sem
from scipy.stats import t as students_t

from gradus.provenance.errors import GradusError
from gradus.statistics.mean_difference import mean_difference
from gradus.statistics.paired import tango_interval


def test_several_samples_by_hand():
    # four samples of eight questions: differences 1/2, 1/4, -1/4 and five times 0
    a = np.array([[0.25, 0.5, 0.75, 0, 0, 1, 1, 1]])
    b = np.array([[0.75, 0.75, 0.5, 0, 0, 1, 1, 1]])
    found = mean_difference(a, b)
    variance = (1 / 4 + 1 / 16 + 1 / 16 - 8 / 256) / 7 / 8
    assert (found.gain, found.loss, found.delta) == pytest.approx((3 / 32, 1 / 32, 1 / 16))
    assert found.standard_error == pytest.approx(sqrt(variance)) == sem((b - a)[0])
    assert found.size == pytest.approx((1 / 8 - 1 / 256) / variance)
    # McNemar's statistic of 3/32 n questions against 1/32 n
    assert found.statistic(0) == pytest.approx((1 / 16) / sqrt(1 / 8 / found.size))
    assert found.p() == pytest.approx(2 * students_t.sf(found.statistic(0), 7))


def test_several_runs_by_hand():
    # run means of the differences .1, .2, .3 on every question: the questions add nothing, t has two degrees
    a = np.full((3, 10), 0.5)
    b = a + np.array([[0.1], [0.2], [0.3]])
    paired = mean_difference(a, b, paired_runs=True)
    assert paired.standard_error == pytest.approx(0.1 / sqrt(3))
    assert paired.df == pytest.approx(2)
    assert mean_difference(a, b).standard_error == pytest.approx(paired.standard_error)


def test_luck_that_both_have_cancels_where_runs_are_paired():
    generator = np.random.default_rng(4)
    luck = np.array([[-0.15], [0.0], [0.15]])
    a = generator.random((3, 200)) < 0.5 + luck
    b = generator.random((3, 200)) < 0.6 + luck
    paired, independent = mean_difference(a, b, paired_runs=True), mean_difference(a, b)
    assert paired.delta == pytest.approx(independent.delta)
    assert paired.standard_error < 0.6 * independent.standard_error


def test_without_a_solved_question_there_is_a_width():
    nothing = np.zeros((1, 30))
    found = mean_difference(nothing, nothing)
    t = students_t.ppf(0.975, 29)
    assert found.interval() == pytest.approx((-(t**2) / (30 + t**2), t**2 / (30 + t**2)))
    assert found.p() == 1.0
    one = nothing.copy()
    one[0, 0] = 1 / 16
    low, high = mean_difference(nothing, one).interval()
    assert low < -0.004
    assert high > 0.01
    assert mean_difference(np.zeros((3, 30)), np.zeros((3, 30))).interval() == pytest.approx(found.interval())


def test_right_and_wrong_answers_have_tangos_interval_but_for_t():
    # over 2,000 questions t is z within 0.1%
    a, b = np.zeros((1, 2000)), np.zeros((1, 2000))
    a[0, :60], b[0, 50:150] = 1, 1
    assert mean_difference(a, b).interval() == pytest.approx(tango_interval(90, 50, 2000), abs=1e-4)


def test_equivalence_by_hand():
    a, b = np.zeros((1, 400)), np.zeros((1, 400))
    a[0, :10], b[0, 10:20] = 1, 1  # ten against ten
    found = mean_difference(a, b)
    assert found.equivalence_p(0.05) == pytest.approx(students_t.sf(found.statistic(-0.05), 399))
    # shown at 5% exactly where the 90% interval is within the margin
    low, high = found.interval(0.9)
    assert found.equivalence_p(high + 1e-6) < 0.05 < found.equivalence_p(high - 1e-6)
    assert low == pytest.approx(-high)


TABLES = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@given(TABLES, st.integers(1, 3), st.integers(1, 25), st.booleans())
def test_p_and_interval_agree(generator, runs, questions, paired):
    samples = generator.integers(1, 5)
    a, b = (generator.binomial(samples, generator.random(), (runs, questions)) / samples for _ in range(2))
    found = mean_difference(a, b, paired_runs=paired)
    low, high = found.interval()
    assert -1 <= low <= found.delta + 1e-9
    assert found.delta - 1e-9 <= high <= 1
    assert low < high
    if abs(found.p() - 0.05) > 1e-6:
        assert (found.p() < 0.05) == (not low <= 0 <= high)
    mirrored = mean_difference(b, a, paired_runs=paired)
    assert mirrored.p() == pytest.approx(found.p())
    assert mirrored.interval() == pytest.approx((-high, -low), abs=1e-9)


def test_what_does_not_fit_is_refused():
    with pytest.raises(GradusError, match="same questions on both sides, got 3 and 2"):
        mean_difference(np.zeros((1, 3)), np.zeros((1, 2)))
    with pytest.raises(GradusError, match="3 training runs cannot be paired with 2"):
        mean_difference(np.zeros((3, 4)), np.zeros((2, 4)), paired_runs=True)
