"""INTERVAL_COVERAGE.md is what the code gives, simulation agrees with sums; intervals and tests keep their level."""

from math import comb, sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from gradus.evaluation.coverage import page as interval_coverage_page
from gradus.evaluation.coverage import seeds_page as seed_coverage_page
from gradus.evaluation.coverage.intervals import exact_coverage, mcnemar_false_alarms, simulated_coverage
from gradus.evaluation.coverage.seeds import Recipe, chances, draw, false_stars
from gradus.statistics.intervals import normal, wilson
from gradus.statistics.mean_difference import mean_difference

WRITTEN = Path(interval_coverage_page.__file__).with_name("INTERVAL_COVERAGE.md").read_text(encoding="utf-8")


def table(heading: str, which: int = 0) -> list[list[str]]:
    """The rows of a table of the page, without its header: the one at `which` below a heading."""
    part = WRITTEN.split(f"{heading}\n", 1)[1].split("\n#", 1)[0]
    found = [block.splitlines()[2:] for block in part.strip().split("\n\n") if block.startswith("|")]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in found[which]]


STARS = table("## Training runs: differences that are not there")


def test_the_page_says_what_the_code_gives():
    blocks = interval_coverage_page.question_sections()
    assert WRITTEN.startswith("\n\n".join(block.strip() for block in blocks)), "out of date; run: make docs"


CELLS = [(1, "independent runs", 30, 0.5), (3, "runs trained from runs", 30, 0.1), (5, "one untrained model", 30, 0.5)]


@pytest.mark.parametrize(("runs", "design", "n", "accuracy"), CELLS)
def test_the_page_says_what_the_code_gives_of_training_runs(runs, design, n, accuracy):
    """Some of the cells: all take minutes."""
    [row] = [row for row in STARS if row[:5] == [str(runs), design, str(n), f"{100 * accuracy:.0f}%", "apart"]]
    name = next(name for name, words in seed_coverage_page.DESIGNS.items() if words == design)
    recipe = Recipe(accuracy, 1.0, 0.04)
    share = false_stars(recipe, n, runs, name, seed_coverage_page.REPEATS, seed_coverage_page.SEED)
    assert row[-1] == f"{100 * share:.1f}", "out of date; run: make docs"


def test_stars_of_several_runs_are_false_five_times_in_a_hundred():
    several = [([float(cell) for cell in row[5:]], row[2]) for row in STARS if row[0] != "1"]
    noise = 300 * sqrt(0.05 * 0.95 / seed_coverage_page.REPEATS)
    assert all(share <= 6 + noise for shares, _ in several for share in shares)
    assert 4 < np.mean([share for shares, n in several if n == "500" for share in shares]) < 5.5


def test_stars_of_one_run_are_luck_where_seeds_differ():
    alike = [[float(cell) for cell in row[5:]] for row in STARS if row[0] == "1" and row[2] == "500"]
    assert all(still <= 5.5 for still, *_ in alike)
    assert max(shares[1] for shares in alike) > 15
    assert max(shares[2] for shares in alike) > 40


def test_intervals_over_runs_hold_the_truth():
    for runs, n, _, *shares in table("## Training runs: coverage"):
        if runs == "1":
            assert n == "30" or float(shares[3]) < 70  # 4 points, which the interval of one run cannot know of
        else:
            assert all(92 < float(share) < 98.5 for share in shares)


def test_luck_of_a_run_moves_accuracy_by_its_deviation():
    generator = np.random.default_rng(2)
    recipe = Recipe(0.4, 1.0, 0.03)
    runs = draw(recipe, 400, chances(recipe, 20_000, generator), generator)
    assert runs.mean() == pytest.approx(0.4, abs=0.01)
    assert runs.mean(axis=1).std() == pytest.approx(0.03, abs=0.004)


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
    for _, words, by_test in table("## Differences that are not there", 1):
        assert float(by_test) <= 100 * (0.05 + 3 * sqrt(0.05 * 0.95 / interval_coverage_page.MEANS_BENCHMARKS))
        assert float(by_test) > 3 or "nearly all" in words


def test_false_alarms_of_mcnemar_by_hand():
    # six questions, all solved by one alone: only 6 to 0 has p <= .05, 2 of 64
    assert mcnemar_false_alarms(6, 1.0) == pytest.approx(2 / 64, abs=1e-12)
    assert mcnemar_false_alarms(5, 1.0) == 0.0


def test_holm_keeps_the_whole_table_at_five_percent():
    [[plain, adjusted]] = table("## Many comparisons")
    assert float(plain) > 15
    assert float(adjusted) <= 100 * (0.05 + 3 * sqrt(0.05 * 0.95 / interval_coverage_page.FAMILIES))


def test_equal_means_of_another_spread_raise_few_alarms_too():
    generator = np.random.default_rng(8)
    alarms = 0
    for _ in range(500):
        a = generator.binomial(16, generator.beta(0.3, 1.2, size=(1, 40))) / 16
        b = generator.binomial(16, 0.2, size=(1, 40)) / 16
        alarms += mean_difference(a, b).p() <= 0.05
    assert alarms / 500 < 0.05 + 3.5 * sqrt(0.05 * 0.95 / 500)
