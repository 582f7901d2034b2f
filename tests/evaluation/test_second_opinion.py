"""Agreement, accuracies and disagreements, counted by hand; and the real math-verify in its worker."""

import csv
import io
from unittest.mock import patch

import pytest

from gradus.evaluation import second_opinion
from gradus.evaluation.second_opinion import COLUMNS, count_pairs, math_verify, render_csv, second_opinions
from gradus.evaluation.verdicts import Verdicts

GOLDS = {"m": {"a": "2", "b": "2", "c": "1/2"}}


def verdicts(answers: list[str | None], correct: list[bool | None]) -> Verdicts:
    n = len(answers)
    return Verdicts("x", list("abc"), [0] * n, answers, correct, ["number"] * n, ["equal"] * n, ["stop"] * n, [1] * n)


CELLS = {
    ("one", "m"): verdicts(["2", "2", "0.5"], [True, True, True]),
    ("two", "m"): verdicts(["2.0", "2", None], [True, True, False]),
    ("three", "m"): verdicts(["2", "7", "zwölf"], [True, False, None]),
}
ABOUT = {"experiments": ["one", "two", "three"]}


@pytest.fixture(autouse=True)
def _played():
    """math-verify plays: it knows no decimals."""
    played = {"math_verify": lambda gold, answer: None if "." in answer else gold == answer}
    with patch.dict(second_opinion.GRADERS, played), patch.object(second_opinion, "warm_up"):
        yield


def test_everything_is_counted_by_how_often_it_occurs():
    [found] = second_opinions(CELLS, GOLDS, pairs=100, **ABOUT)
    assert (found["answers"], found["covered"], found["distinct_pairs"], found["pairs"]) == (8, 8, 5, 5)
    # (2, 2) four times, and once each: (2, 2.0), (1/2, 0.5), (2, 7), (1/2, zwölf)
    assert found["graders"]["exact"] == {"agreement": 6 / 8, "unknown": 0}
    assert found["graders"]["math_verify"] == {"agreement": 6 / 8, "unknown": 2}
    assert found["graders"]["prm800k"] == {"agreement": 1.0, "unknown": 0}
    assert found["accuracy"]["one"] == {
        **{"n": 3, "gradus": 1.0, "exact": 2 / 3, "math_verify": 2 / 3, "math_paper": 1.0},
        **{"prm800k": 1.0, "last_number": 2 / 3},
    }
    assert found["accuracy"]["two"]["gradus"] == 2 / 3
    assert found["accuracy"]["two"]["exact"] == 1 / 3
    assert found["accuracy"]["three"]["gradus"] == 1 / 3


def test_disagreements_are_listed_the_most_frequent_first():
    cells = CELLS | {("four", "m"): verdicts(["2.0", "2.0", None], [True, True, False])}
    found = second_opinions(cells, GOLDS, pairs=100, experiments=["one", "two", "three", "four"])
    rows = found[0]["disagreements"]
    assert rows[0] == {
        **{"grader": "math_verify", "answers": 3, "gradus": "right", "other": "unknown", "gold": "2", "answer": "2.0"}
    }
    assert [row["answers"] for row in rows] == sorted((row["answers"] for row in rows), reverse=True)
    assert {(row["gold"], row["answer"]) for row in rows} == {("2", "2.0"), ("1/2", "0.5")}
    table = list(csv.DictReader(io.StringIO(render_csv(found))))
    assert tuple(table[0]) == COLUMNS
    assert [row["answer"] for row in table] == [row["answer"] for row in rows]


def test_the_most_frequent_pairs_are_judged_first():
    judged = []
    [found] = second_opinions(CELLS, GOLDS, pairs=1, judged=judged.append, **ABOUT)
    assert (found["answers"], found["covered"], found["pairs"], sum(judged)) == (8, 4, 1, 1)
    assert found["graders"]["exact"]["agreement"] == 1.0
    assert found["accuracy"]["two"] == {
        # one covered answer, and the sample without one
        **{"n": 2, "gradus": 0.5, "exact": 0.5, "math_verify": 0.5, "math_paper": 0.5, "prm800k": 0.5},
        **{"last_number": 0.5},
    }
    assert count_pairs(CELLS, GOLDS, 3) == 3
    assert count_pairs(CELLS, GOLDS, 100) == 5


def test_nothing_is_judged_where_nothing_is_asked():
    [found] = second_opinions(CELLS, GOLDS, pairs=0, **ABOUT)
    assert found["covered"] == 0
    assert found["graders"]["exact"]["agreement"] is None
    assert found["accuracy"]["one"]["gradus"] is None
    assert found["disagreements"] == []


def test_long_answers_are_cut_in_the_list():
    cells = {("one", "m"): verdicts(["2" * 5000, "2", "3"], [True, True, False])}
    [found] = second_opinions(cells, GOLDS, pairs=9, experiments=["one"])
    assert max(len(row["answer"]) for row in found["disagreements"]) == 300


def test_the_real_math_verify_answers_from_its_worker():
    from gradus.grading.bounded.pool import warm_up

    warm_up()
    assert math_verify("1/2", "0.5") is True
    assert math_verify("2", "3") is False
    assert math_verify("2", "}{") is None
