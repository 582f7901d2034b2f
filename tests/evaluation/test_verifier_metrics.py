"""Measures of a verifier: by hand, by scipy, and where there is nothing to measure."""

import csv
from io import StringIO
from typing import cast

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from gradus.evaluation.verdicts import Verdicts
from gradus.evaluation.verifiers.metrics import auc, calibration_error, measured
from gradus.evaluation.verifiers.table import render_csv, render_markdown
from gradus.evaluation.votes.counts import VoteCounts
from gradus.statistics.intervals import wilson_means


def verdicts(rows: list[tuple[str, bool | None, str | None]]) -> Verdicts:
    n = len(rows)
    ids, correct, answers = [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]
    return Verdicts("made", ids, list(range(n)), answers, correct, ["text"] * n, [""] * n, ["stop"] * n, [1] * n)


ROWS = [("a", True, "1"), ("a", False, "2"), ("a", False, "3"), ("b", True, "1"), ("b", True, "1"), ("c", None, "9")]
ROWS += [("c", False, None), ("d", True, "1"), ("d", False, "2")]
SCORES = [0.9, 0.2, 0.9, 0.6, 0.3, 0.99, 0.99, 0.1, 0.4]


def test_by_hand() -> None:
    """Neither the answer that nobody can judge nor the sample without one counts: 4 right and 3 wrong are left."""
    found = measured(verdicts(ROWS), SCORES)
    assert (found["answers"], found["right"]) == (7, pytest.approx(4 / 7))
    assert found["mean_score"] == pytest.approx(3.4 / 7)
    assert found["accuracy"] == pytest.approx(4 / 7)  # a's first and second, b's first, d's second
    # Right .9 .6 .3 .1 against wrong .2 .9 .4: 2.5 + 2 + 1 + 0 of 12 pairs.
    assert found["auc"] == pytest.approx(5.5 / 12)
    # a: 1.5 of 2 pairs; d: 0 of 1; b has no pair.
    assert (found["auc_within"], found["questions"]) == (pytest.approx(0.375), 2)
    assert found["auc_within_ci95"] == list(wilson_means([0.75, 0.0]))
    squares = [0.01, 0.04, 0.81, 0.16, 0.49, 0.81, 0.16]
    assert found["brier"] == pytest.approx(sum(squares) / 7)


@pytest.mark.parametrize("digits", [1, 8])
def test_the_area_is_mann_and_whitneys(digits: int) -> None:
    generator = np.random.default_rng(digits)
    right, scores = generator.random(200) < 0.3, generator.random(200).round(digits)
    expected = mannwhitneyu(scores[right], scores[~right]).statistic / (right.sum() * (~right).sum())
    assert auc(right, scores) == pytest.approx(expected)


def test_calibration() -> None:
    right, scores = np.array([True, False, True, True]), np.array([0.65, 0.61, 1.0, 0.96])
    # Bin 0.6: scores of 1.26 for one right; bin 0.9, to which 1 belongs: 1.96 for two.
    assert calibration_error(right, scores) == pytest.approx((0.26 + 0.04) / 4)
    generator = np.random.default_rng(0)
    scores = generator.random(20_000)
    assert calibration_error(generator.random(20_000) < scores, scores) < 0.02  # ty: ignore[unsupported-operator]
    assert calibration_error(generator.random(20_000) < scores**3, scores) > 0.2  # ty: ignore[unsupported-operator]


def test_nothing_to_compare_is_no_number() -> None:
    found = measured(verdicts([("a", None, None)]), [0.5])
    assert found["answers"] == 0
    assert {name for name, value in found.items() if value is not None} == {"answers", "questions"}
    assert measured(verdicts([("a", True, "1")]), [0.5])["auc"] is None


def entry(name: str, **more: object) -> VoteCounts:
    made = {"experiment": name, "benchmark": "b", "n": 2, "benchmark_n": 2, "samples": 4, "ids": [], "correct": []}
    return cast(VoteCounts, made | {"groups": 0, "mixed_groups": 0, "ks": []} | more)


def test_the_table_has_a_row_for_each_scored_cell() -> None:
    votes = [entry("one", verifier=measured(verdicts(ROWS), SCORES)), entry("plain")]
    votes.append(entry("two", verifier=measured(verdicts([("a", None, None)]), [0.5])))
    one, two = csv.DictReader(StringIO(render_csv(votes)))
    assert (one["experiment"], one["answers"], one["questions"], one["auc"]) == ("one", "7", "2", "0.458333")
    assert (two["experiment"], two["answers"], two["auc"], two["auc_within_lo"]) == ("two", "0", "", "")
    text = render_markdown(votes, {"one": "The first", "b": "Bench"})
    assert "| The first  | Bench     | 7       | 57.1% | 48.6%      | 57.1%    |" in text
    assert "plain" not in text
