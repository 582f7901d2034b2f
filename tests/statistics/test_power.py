from math import comb, sqrt

import numpy as np
import pytest
from scipy.stats import binomtest, nct, t

from gradus.provenance.errors import GradusError
from gradus.statistics.mean_difference import mean_difference
from gradus.statistics.paired import mcnemar_exact
from gradus.statistics.power import (
    mcnemar_power,
    minimum_detectable_difference,
    minimum_detectable_gain,
    t_power,
)


def test_power_by_enumeration():
    n, b_only, a_only = 9, 0.5, 0.1
    total = 0.0
    for b in range(n + 1):
        for a in range(n + 1 - b):
            chance = comb(n, b) * comb(n - b, a) * b_only**b * a_only**a * (1 - b_only - a_only) ** (n - a - b)
            if a + b and binomtest(b, a + b, 0.5).pvalue <= 0.05:
                total += chance
    assert mcnemar_power(n, b_only - a_only, b_only + a_only) == pytest.approx(total, abs=1e-12)


def test_power_without_effect_stays_below_alpha():
    for n in (5, 30, 500):
        for discordance in (0.05, 0.3, 1.0):
            assert mcnemar_power(n, 0.0, discordance) <= 0.05
    assert mcnemar_power(30, 0.0, 0.0) == 0.0


def test_the_difference_found_has_the_power_asked_for():
    gain = minimum_detectable_difference(500, 0.794, correlation=0.55)
    p, q = 0.794, 0.794 + gain
    discordance = p + q - 2 * p * q - 2 * 0.55 * sqrt(p * (1 - p) * q * (1 - q))
    assert mcnemar_power(500, gain, discordance) == pytest.approx(0.8, abs=0.002)
    connor = (1.96 * sqrt(discordance) + 0.8416 * sqrt(discordance - gain**2)) / sqrt(500)
    assert gain == pytest.approx(connor, abs=0.003)


def test_simulated_power_agrees():
    gain = minimum_detectable_difference(100, 0.4, correlation=0.0)
    generator = np.random.default_rng(0)
    b_only, a_only = (0.4 + gain) * 0.6, 0.4 * (0.6 - gain)
    draws = generator.choice(3, p=[b_only, a_only, 1 - b_only - a_only], size=(800, 100))
    found = np.mean([mcnemar_exact(row == 1, row == 0) < 0.05 for row in draws])
    assert found == pytest.approx(0.8, abs=0.05)


def test_larger_benchmarks_and_closer_pairs_find_less():
    sizes = [minimum_detectable_difference(n, 0.5) for n in (30, 100, 500, 1319)]
    assert sizes == sorted(sizes, reverse=True)
    assert minimum_detectable_difference(500, 0.5, correlation=0.8) < minimum_detectable_difference(500, 0.5)
    assert minimum_detectable_difference(500, 0.5) < minimum_detectable_difference(500, 0.5, correlation=0.0)


def test_edges():
    # From 0%, every discordant question is a gain and six are needed: P(Binomial(30, gain) >= 6) = .8
    gain = minimum_detectable_difference(30, 0.0)
    assert binomtest(6, 30, gain, alternative="greater").pvalue == pytest.approx(0.8, abs=1e-3)
    assert minimum_detectable_difference(5, 0.2) is None
    assert minimum_detectable_difference(500, 1.0) is None
    assert minimum_detectable_difference(30, 0.9) is None
    for wrong in [(0, 0.5), (30, 1.2)]:
        with pytest.raises(GradusError):
            minimum_detectable_difference(*wrong)
    with pytest.raises(GradusError):
        minimum_detectable_difference(30, 0.5, power=1.0)


@pytest.mark.parametrize(("n", "effect"), [(2, 0.5), (5, 0.8), (30, 0.5), (30, -0.5), (200, 0.1), (500, 0.15)])
def test_the_power_of_the_t_test_is_scipys(n, effect):
    critical, centre = t.ppf(0.975, n - 1), effect * sqrt(n)
    expected = nct.sf(critical, n - 1, centre) + nct.cdf(-critical, n - 1, centre)
    assert t_power(n - 1, centre) == pytest.approx(expected, abs=1e-9)


def test_the_power_of_the_t_test_at_its_ends():
    assert t_power(29, 0.0) == pytest.approx(0.05, abs=1e-9)
    assert t_power(499, 5.0 * sqrt(500)) == pytest.approx(1.0, abs=1e-9)  # where scipy's nct is not a number


def test_the_gain_of_a_mean_is_found_as_often_as_promised():
    error = 0.2 * sqrt(2 * 0.4 / 30)
    gain = minimum_detectable_gain(error, 29, 0.6)
    generator = np.random.default_rng(3)
    found = 0
    for _ in range(1000):
        shared = generator.normal(size=30) * sqrt(0.6)
        a, b = (0.4 + 0.2 * (shared + generator.normal(size=30) * sqrt(0.4)) for _ in range(2))
        found += mean_difference([np.clip(a, 0, 1)], [np.clip(b + gain, 0, 1)]).p() <= 0.05
    assert found / 1000 == pytest.approx(0.8, abs=0.06)


def test_the_gain_of_a_mean_by_scipys_noncentral_t():
    gain = minimum_detectable_gain(0.02, 4.5, 0.6, alpha=0.01)
    critical = t.ppf(0.995, 4.5)
    assert nct.sf(critical, 4.5, gain / 0.02) + nct.cdf(-critical, 4.5, gain / 0.02) == pytest.approx(0.8, abs=1e-4)


def test_edges_of_the_gain_of_a_mean():
    assert minimum_detectable_gain(0.05, 29, 0.5) < minimum_detectable_gain(0.05, 4, 0.5)
    assert minimum_detectable_gain(0.05, 4, 0.5) < minimum_detectable_gain(0.05, 4, 0.8, alpha=0.01)
    assert minimum_detectable_gain(0.05, 29, 0.01) is None
    for wrong in [(0.0, 29, 0.5), (0.05, 0, 0.5)]:
        with pytest.raises(GradusError):
            minimum_detectable_gain(*wrong)
