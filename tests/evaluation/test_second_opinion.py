"""Agreement, accuracies and disagreements, counted by hand; and the real math-verify in its worker."""

import csv
import io
from unittest.mock import patch

import pytest

from gradus.evaluation import second_opinion
from gradus.evaluation.second_opinion import (
    COLUMNS,
    Graded,
    count_pairs,
    math_verify,
    render_csv,
    second_opinions,
    with_texts,
)
from gradus.evaluation.verdicts import Verdicts
from gradus.provenance.errors import GradusError
from gradus.sampling.samples import Sample

REFERENCES = {"m": {"a": "2", "b": "2", "c": "1/2"}}


def graded(texts: list[str], answers: list[str | None], correct: list[bool | None]) -> Graded:
    return Graded(list("abc"), texts, answers, correct)


TWO = r"So \boxed{2}."
CELLS = {
    ("one", "m"): graded([TWO, TWO, r"\boxed{0.5}"], ["2", "2", "0.5"], [True, True, True]),
    ("two", "m"): graded([r"\boxed{2.0} 3", TWO, "It is 1/2"], ["2.0", "2", None], [True, True, False]),
    ("three", "m"): graded([TWO, r"\boxed{7}, not 2", r"\boxed{zwölf}"], ["2", "7", "zwölf"], [True, False, None]),
}
ABOUT = {"experiments": ["one", "two", "three"]}


@pytest.fixture(autouse=True)
def _played():
    """A fake math-verify: it knows no decimals, and says yes where the reference answer is in the completion."""
    played = {"math_verify": lambda reference, text: None if ".0" in text or "0." in text else reference in text}
    with patch.dict(second_opinion.GRADERS, played), patch.object(second_opinion, "warm_up"):
        yield


def test_everything_is_counted_by_how_often_it_occurs():
    [found] = second_opinions(CELLS, REFERENCES, pairs=100, **ABOUT)
    assert (found["completions"], found["covered"], found["distinct_pairs"], found["pairs"]) == (9, 9, 6, 6)
    # all but "2.0} 3", "7}, not 2", and those without an answer or a number in it; 0.5 is in a box
    assert found["found_alike"] == 5
    # (2, TWO) four times; once each: 2.0, 0.5, "It is 1/2", 7, zwölf
    assert found["graders"]["exact"] == {"agreement": 7 / 9, "unknown": 0}
    assert found["graders"]["math_verify"] == {"agreement": 5 / 9, "unknown": 2}
    assert found["graders"]["prm800k"] == {"agreement": 1.0, "unknown": 0}
    assert found["graders"]["last_number"] == {"agreement": 5 / 9, "unknown": 0}
    assert found["accuracy"]["one"] == {
        **{"n": 3, "gradus": 1.0, "exact": 2 / 3, "math_verify": 2 / 3, "math_paper": 1.0},
        **{"prm800k": 1.0, "last_number": 2 / 3},
    }
    assert found["accuracy"]["two"]["gradus"] == 2 / 3
    assert found["accuracy"]["two"]["last_number"] == 2 / 3
    assert found["accuracy"]["three"]["gradus"] == 1 / 3
    assert found["accuracy"]["three"]["last_number"] == 2 / 3  # "not 2" after another box


def test_graders_are_given_the_whole_completion():
    given = []
    spy = {"math_verify": lambda reference, text: given.append(text)}
    with patch.dict(second_opinion.GRADERS, spy):
        second_opinions(CELLS, REFERENCES, pairs=100, **ABOUT)
    assert set(given) == {text for cell in CELLS.values() for text in cell.texts}


def test_disagreements_are_listed_the_most_frequent_first():
    cells = CELLS | {("four", "m"): graded([TWO, TWO, "1/2, or 2"], ["2", "2", None], [True, True, False])}
    never = {"exact": lambda reference, text: False}
    with patch.dict(second_opinion.GRADERS, never):
        found = second_opinions(cells, REFERENCES, pairs=100, experiments=["one", "two", "three", "four"])
    rows = found[0]["disagreements"]
    assert rows[0] == {
        **{"grader": "exact", "completions": 6, "gradus": "right", "other": "wrong", "gold": "2", "answer": "2"},
        **{"ending": TWO},
    }
    assert [row["completions"] for row in rows] == sorted((row["completions"] for row in rows), reverse=True)
    assert ("1/2", "", "1/2, or 2") in {(row["gold"], row["answer"], row["ending"]) for row in rows}
    table = list(csv.DictReader(io.StringIO(render_csv(found))))
    assert tuple(table[0]) == COLUMNS
    assert [row["answer"] for row in table] == [row["answer"] for row in rows]


def test_some_questions_are_judged_in_all_experiments():
    judged = []
    [found] = second_opinions(CELLS, REFERENCES, pairs=3, judged=judged.append, **ABOUT)
    assert (found["completions"], found["pairs"], sum(judged)) == (9, 3, 3)
    assert {row["n"] for row in found["accuracy"].values()} == {1}  # "c" comes first, with three completions
    assert count_pairs(CELLS, REFERENCES, 3) == 3
    assert count_pairs(CELLS, REFERENCES, 100) == 6


def test_nothing_is_judged_where_nothing_is_asked():
    [found] = second_opinions(CELLS, REFERENCES, pairs=0, **ABOUT)
    assert found["covered"] == 0
    assert found["graders"]["exact"]["agreement"] is None
    assert found["accuracy"]["one"]["gradus"] is None
    assert found["disagreements"] == []


def test_long_answers_are_cut_in_the_list():
    long = "2" * 5000
    cells = {("one", "m"): graded([rf"\boxed{{{long}}}", TWO, r"\boxed{3}"], [long, "2", "3"], [True, True, False])}
    [found] = second_opinions(cells, REFERENCES, pairs=9, experiments=["one"])
    assert max(len(row["answer"]) for row in found["disagreements"]) == 300
    assert max(len(row["ending"]) for row in found["disagreements"]) == 300


def test_verdicts_are_joined_with_their_texts_by_question_and_sample():
    blank = [""] * 3
    verdicts = Verdicts("x.parquet", ["a", "a", "b"], [0, 1, 0], ["1", None, "3"], [True] * 3, *[blank] * 3, [1] * 3)
    samples = [Sample(i, n, f"{i}{n}", 1, "stop", 0) for i, n in (("b", 0), ("a", 1), ("a", 0))]
    assert with_texts(verdicts, samples).texts == ["a0", "a1", "b0"]
    with pytest.raises(GradusError, match=r"x\.parquet: question a, sample 1 is not among the samples; delete"):
        with_texts(verdicts, samples[::2])


def test_the_real_math_verify_answers_from_its_worker():
    from gradus.grading.bounded.pool import warm_up

    warm_up("math_verify")
    assert math_verify("1/2", r"It is 3, no: \boxed{0.5}") is True
    assert math_verify("2", "So the answer is 3.") is False
    assert math_verify("9^{9^{9^9}}", "The answer is 2.") is None
