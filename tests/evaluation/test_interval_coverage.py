"""INTERVAL_COVERAGE.md is what the code gives, simulation agrees with sums; intervals and tests keep their level."""

from math import comb, sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from gradus.evaluation import interval_coverage_page
from gradus.evaluation.interval_coverage import exact_coverage, mcnemar_false_alarms, simulated_coverage
from gradus.evaluation.intervals import normal, wilson
from gradus.evaluation.paired import paired_bootstrap

WRITTEN = Path(interval_coverage_page.__file__).with_name("INTERVAL_COVERAGE.md").read_text(encoding="utf-8")


def table(heading: str, which: int = 0) -> list[list[str]]:
    """The rows of a table of the page, without its header: the one at `which` below a heading."""
    part = WRITTEN.split(f"{heading}\n", 1)[1].split("\n#", 1)[0]
    found = [block.splitlines()[2:] for block in part.strip().split("\n\n") if block.startswith("|")]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in found[which]]


def test_the_page_says_what_the_code_gives():
    assert interval_coverage_page.coverage_page() == WRITTEN, "out of date; run: make docs"


@pytest.mark.parametrize("n", interval_coverage_page.SIZES)
def test_simulation_agrees_with_the_sum(n):
    rows = table(f"### n = {n}")
    assert [float(row[0]) for row in rows] == list(interval_coverage_page.TRUTHS)
    for _, *cells in rows:
        exact, simulated = np.array(cells[:2], float) / 100, np.array(cells[2:], float) / 100
        error = np.sqrt(exact * (1 - exact) / interval_coverage_page.BENCHMARKS)
        assert (abs(simulated - exact) < 4.5 * error + 0.001).all()


def test_wilson_keeps_its_level_where_the_normal_interval_does_not():
    small, large = ([[float(cell) for cell in row[3:]] for row in table(f"### n = {n}")] for n in (30, 500))
    assert all(92 < of_wilson < 99 for of_wilson, _ in small + large)
    assert all(92 < of_normal < 96 for _, of_normal in large)
    assert small[0][1] < 50
    assert sum(of_normal < 92 for _, of_normal in small) == 8


def test_coverage_by_hand():
    # n = 2: the normal interval of 1 right is .5 ± .693, of 0 or 2 a point, so it holds .3 where one is right
    assert exact_coverage(normal, 2, 0.3) == pytest.approx(2 * 0.3 * 0.7, abs=1e-12)
    total = sum(
        comb(9, right) * 0.2**right * 0.8 ** (9 - right)
        for right in range(10)
        if binomtest(right, 9).proportion_ci(method="wilson").low <= 0.2
        and binomtest(right, 9).proportion_ci(method="wilson").high >= 0.2
    )
    assert exact_coverage(wilson, 9, 0.2) == pytest.approx(total, abs=1e-9)
    assert simulated_coverage(wilson, 9, 0.2, 4000, seed=1) == pytest.approx(total, abs=0.03)


def test_intervals_over_question_means_keep_their_level():
    rows = table(f"## {interval_coverage_page.SAMPLES} samples a question (avg@{interval_coverage_page.SAMPLES})")
    assert len(rows) == 8
    for n, words, _, of_wilson, of_t, of_bootstrap in rows:
        if "nearly all" in words:
            assert float(of_wilson) > max(float(of_t), float(of_bootstrap))
            assert float(of_wilson) > (88 if n == "30" else 91)
        else:
            assert 92 < float(of_wilson) < 98
            assert 90 < float(of_bootstrap) < 97


def test_paired_tests_raise_few_false_alarms():
    assert all(float(cell) <= 5 for row in table("## Differences that are not there") for cell in row[1:])
    for _, _, by_test, by_interval in table("## Differences that are not there", 1):
        assert float(by_test) <= 100 * (0.05 + 3 * sqrt(0.05 * 0.95 / interval_coverage_page.MEANS_BENCHMARKS))
        assert float(by_interval) <= 9


def test_false_alarms_of_mcnemar_by_hand():
    # six questions, all solved by one alone: only 6 to 0 has p <= .05, 2 of 64
    assert mcnemar_false_alarms(6, 1.0) == pytest.approx(2 / 64, abs=1e-12)
    assert mcnemar_false_alarms(5, 1.0) == 0.0


def test_holm_keeps_the_whole_table_at_five_percent():
    [[plain, adjusted]] = table("## Many comparisons")
    assert float(plain) > 15
    assert float(adjusted) <= 100 * (0.05 + 3 * sqrt(0.05 * 0.95 / interval_coverage_page.FAMILIES))


def test_equal_means_of_another_spread_raise_few_alarms_too():
    # The sign-flip test supposes the two exchangeable; with equal means and unequal spreads they are not.
    generator = np.random.default_rng(8)
    alarms = 0
    for repeat in range(500):
        a = generator.binomial(16, generator.beta(0.3, 1.2, size=40)) / 16
        b = generator.binomial(16, 0.2, size=40) / 16
        alarms += paired_bootstrap(a, b, seed=repeat, repeats=499).p <= 0.05
    assert alarms / 500 < 0.05 + 3.5 * sqrt(0.05 * 0.95 / 500)
