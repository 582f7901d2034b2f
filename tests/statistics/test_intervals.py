from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, ttest_1samp

from gradus.provenance.errors import GradusError
from gradus.statistics.intervals import (
    bootstrap_mean,
    longer_arm,
    normal,
    question_means_interval,
    resampled_means,
    wilson,
    wilson_means,
)

counts = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_wilson_is_scipys(count):
    correct, n = count
    expected = binomtest(correct, n).proportion_ci(0.95, method="wilson")
    assert wilson(correct, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_wilson_at_the_ends_by_hand():
    z2 = 1.959963984540054**2
    assert wilson(0, 30) == (0.0, pytest.approx(z2 / (30 + z2), abs=1e-12))
    assert wilson(30, 30) == (pytest.approx(30 / (30 + z2), abs=1e-12), 1.0)
    assert wilson(1, 1) == (pytest.approx(1 / (1 + z2), abs=1e-12), 1.0)


@given(counts)
def test_wilson_holds_the_estimate_and_mirrors(count):
    correct, n = count
    low, high = wilson(correct, n)
    assert 0 <= low <= correct / n <= high <= 1
    assert wilson(n - correct, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_normal_gives_the_published_figures():
    for correct, n, published in [(397, 500, 3.5), (6, 30, 14.3), (13, 30, 17.7), (280, 572, 4.1), (0, 30, 0.0)]:
        low, high = normal(correct, n)
        assert round(50 * (high - low), 1) == published
    assert normal(1, 4) == pytest.approx((0.25 - 1.96 * sqrt(0.1875 / 4), 0.25 + 1.96 * sqrt(0.1875 / 4)))


@pytest.mark.parametrize(("correct", "n"), [(0, 0), (-1, 3), (4, 3)])
@pytest.mark.parametrize("interval", [wilson, normal])
def test_impossible_counts_are_refused(interval, correct, n):
    with pytest.raises(GradusError, match=f"{correct} correct of {n}"):
        interval(correct, n)


def test_question_means_by_hand():
    # mean .5, standard deviation .5, error .5 / sqrt(3), t(2, .975) = 4.302652729911275: wider than [0, 1]
    assert question_means_interval([0.0, 0.5, 1.0]) == (0.0, 1.0)
    values = [0.4, 0.5, 0.6]
    half = 4.302652729911275 * 0.1 / sqrt(3)
    assert question_means_interval(values) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-9)
    assert question_means_interval([0.5]) == (0.0, 1.0)


@given(st.lists(st.integers(0, 16), min_size=2, max_size=50).filter(lambda counts: len(set(counts)) > 1))
def test_question_means_are_scipys_t_interval(counts):
    means = np.array(counts) / 16
    low, high = ttest_1samp(means, 0.0).confidence_interval(0.95)
    assert question_means_interval(means) == pytest.approx((max(low, 0.0), min(high, 1.0)), abs=1e-9)


@pytest.mark.parametrize("values", [[], [[0.1, 0.2]], [0.1, 1.2], [0.1, float("nan")]])
def test_values_that_are_no_shares_are_refused(values):
    with pytest.raises(GradusError):
        question_means_interval(values)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_wilson_means_of_right_and_wrong_is_wilson(marks):
    assert wilson_means(np.array(marks, float)) == pytest.approx(wilson(sum(marks), len(marks)), abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_wilson_means_holds_the_mean_and_has_a_width(values):
    low, high = wilson_means(values)
    assert 0 <= low <= np.mean(values) + 1e-12
    assert np.mean(values) - 1e-12 <= high <= 1
    assert high > low


def test_wilson_means_by_hand():
    # p = .5, variance .0625 * 8 / 7, t(7, .975) = 2.364624251592785: worth 2.404 times the 8 questions
    z, size = 1.959963984540054, 8 * (0.25 / (0.0625 * 8 / 7)) * (1.959963984540054 / 2.364624251592785) ** 2
    half = z / (1 + z * z / size) * sqrt(0.25 / size + z * z / (4 * size * size))
    assert wilson_means([0.25, 0.75] * 4) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-9)
    assert wilson_means([0.5] * 8) == pytest.approx(wilson(4, 8), abs=1e-12)


def test_bootstrap_repeats_by_seed_and_agrees_with_the_normal_at_large_n():
    values = np.tile([0.0, 0.25, 1.0, 0.75], 100)
    first = bootstrap_mean(values, seed=3, repeats=4000)
    assert first == bootstrap_mean(values, seed=3, repeats=4000)
    assert first != bootstrap_mean(values, seed=4, repeats=4000)
    half = 1.96 * values.std() / 20
    assert first == pytest.approx((0.5 - half, 0.5 + half), abs=0.004)
    assert bootstrap_mean([0.3], seed=0, repeats=10) == pytest.approx((0.3, 0.3))
    with pytest.raises(GradusError, match="repeat"):
        bootstrap_mean([0.3], seed=0, repeats=0)


def test_longer_arm_contains_the_interval():
    assert longer_arm(0.0, (0.0, 0.11)) == 0.11
    assert longer_arm(0.2, (0.05, 0.3)) == pytest.approx(0.15)


def exact_coverage(ends, n, p):
    return sum(binom.pmf(k, n, p) for k in range(n + 1) if ends(k)[0] <= p <= ends(k)[1])


@pytest.mark.parametrize(("p", "of_normal", "of_wilson"), [(0.02, 0.45, 0.98), (0.05, 0.78, 0.94), (0.10, 0.81, 0.97)])
def test_coverage_at_thirty_questions(p, of_normal, of_wilson):
    assert exact_coverage(lambda k: normal(k, 30), 30, p) == pytest.approx(of_normal, abs=0.006)
    assert exact_coverage(lambda k: wilson(k, 30), 30, p) == pytest.approx(of_wilson, abs=0.006)


def test_the_longer_arm_covers_where_half_the_width_does_not():
    def symmetric(size):
        return lambda k: (k / 30 - size(k), k / 30 + size(k))

    arm = symmetric(lambda k: longer_arm(k / 30, wilson(k, 30)))
    half = symmetric(lambda k: (wilson(k, 30)[1] - wilson(k, 30)[0]) / 2)
    grid = np.linspace(0.01, 0.99, 99)
    assert min(exact_coverage(arm, 30, p) for p in grid) > 0.93
    assert min(exact_coverage(half, 30, p) for p in grid) < 0.85


@pytest.mark.parametrize("shape", [(0.5, 4.0), (2.0, 2.0), (6.0, 0.4)])
def test_intervals_over_question_means_cover(shape):
    generator = np.random.default_rng(7)
    true = shape[0] / sum(shape)
    covered = np.zeros(2)
    for _ in range(600):
        means = generator.binomial(8, generator.beta(*shape, size=40)) / 8
        for index, interval in enumerate((question_means_interval(means), wilson_means(means))):
            covered[index] += interval[0] <= true <= interval[1]
    assert covered[0] / 600 > 0.88
    assert covered[1] / 600 > 0.92


@pytest.mark.parametrize("n", [3, 3001])
def test_as_many_resamples_as_are_asked_for(n):
    """Also where they are drawn in several blocks, which are no repetitions of each other."""
    values = np.random.default_rng(0).random(n)
    means = resampled_means(values, 1, 1000)
    assert means.shape == (1000,)
    assert len(set(means.round(12))) >= (10 if n == 3 else 990)
