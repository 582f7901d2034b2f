"""Multiple-choice questions of a file: options in one column or several, the right one by letter, text or place."""

from pathlib import Path
from typing import Any

import pytest

from gradus.grading.verdict import grade_completions
from gradus.problems.problem import Problem
from gradus.problems.table import read_problems, write_problems
from gradus.provenance.errors import GradusError
from problems.published_sets import read, write_jsonl

CITIES = ["Oslo", "Rome", "Bonn", "Kyiv"]
ASKED = "Capital of Italy?\n\nA) Oslo\nB) Rome\nC) Bonn\nD) Kyiv"


def made(folder: Path, *rows: dict[str, Any], **settings: Any) -> list[Problem]:
    path = write_jsonl(folder / "set.jsonl", [{"problem": "Capital of Italy?"} | row for row in rows])
    return read("file", path, answers="choice", **settings).problems


@pytest.mark.parametrize(
    ("answer", "by"),
    [("B", None), ("(b)", None), ("Rome", None), ("B", "letter"), ("Rome", "text"), (1, "index"), ("2", "number")],
)
def test_the_right_option_is_named_in_any_of_these_ways(tmp_path: Path, answer: object, by: str | None) -> None:
    (problem,) = made(tmp_path, {"answer": answer, "options": CITIES}, choice_by=by)
    assert (problem.problem, problem.answer, problem.options) == (ASKED, "B", tuple(CITIES))


def test_options_may_be_columns_and_the_line_of_each_is_a_setting(tmp_path: Path) -> None:
    row = {"right": "Rome", "wrong 1": "Oslo", "wrong 2": 7}
    columns = {"answer": "right", "options": ["right", "wrong 1", "wrong 2"]}
    (problem,) = made(tmp_path, row, columns=columns, option_line="({letter}) {option}")
    assert problem.problem == "Capital of Italy?\n\n(A) Rome\n(B) Oslo\n(C) 7"
    assert problem.answer == "A"


def test_the_order_is_drawn_from_the_seed_and_the_question_alone(tmp_path: Path) -> None:
    rows = [{"problem": f"Capital {n}?", "answer": "A", "options": CITIES} for n in range(40)]
    first = made(tmp_path, *rows, shuffle_options=0)
    assert {problem.answer for problem in first} == set("ABCD")
    assert all(problem.options[ord(problem.answer) - ord("A")] == "Oslo" for problem in first)
    assert all(sorted(problem.options) == sorted(CITIES) for problem in first)
    backwards = {problem.problem for problem in made(tmp_path, *rows[::-1], shuffle_options=0)}
    assert backwards == {problem.problem for problem in first}
    assert made(tmp_path, *rows, shuffle_options=1) != first


@pytest.mark.parametrize(("given", "kept"), [("(b)", "B"), ("C.", "C"), ("d", "D")])
def test_without_options_the_answer_is_a_letter(tmp_path: Path, given: str, kept: str) -> None:
    (problem,) = made(tmp_path, {"answer": given})
    assert (problem.answer, problem.options, problem.problem) == (kept, (), "Capital of Italy?")


@pytest.mark.parametrize(
    ("row", "by", "told"),
    [
        ({"answer": "AB"}, None, "the answer 'AB' is no letter; correct the row, name the options under"),
        (
            {"answer": "E", "options": CITIES},
            None,
            "the answer 'E' names none of the 4 options; correct the row, or say",
        ),
        ({"answer": "1", "options": CITIES}, None, "the answer '1' names none of the 4 options"),
        ({"answer": "4", "options": CITIES}, "index", "the answer '4' names none of the 4 options"),
        ({"answer": "A", "options": ["B", "A"]}, None, "the answer 'A' names 2 of the 2 options"),
        ({"answer": "x", "options": ["x", "x"]}, "text", "the answer 'x' names 2 of the 2 options"),
        ({"answer": "A", "options": "Oslo, Rome"}, None, "the options 'Oslo, Rome' are not 2 to 26 texts or numbers"),
        ({"answer": "A", "options": ["Oslo"]}, None, "are not 2 to 26 texts or numbers"),
        ({"answer": "A", "options": ["Oslo", None]}, None, "are not 2 to 26 texts or numbers"),
        ({"options": CITIES}, None, "no answer; the row has problem, options"),
    ],
)
def test_wrong_rows_are_named(tmp_path: Path, row: dict[str, Any], by: str | None, told: str) -> None:
    with pytest.raises(GradusError) as error:
        made(tmp_path, row, choice_by=by)
    assert str(error.value).startswith(f"{tmp_path}/set.jsonl:1: ")
    assert told in str(error.value)


def test_a_set_keeps_its_options_and_answers_are_graded_by_them(tmp_path: Path) -> None:
    problems = made(tmp_path, {"answer": "Rome", "options": CITIES})
    write_problems(tmp_path / "set.parquet", problems)
    assert read_problems(tmp_path / "set.parquet") == problems
    said = [r"\boxed{B}", r"\boxed{\text{Rome}}", r"\boxed{C}", r"\boxed{Paris}"]
    verdicts = grade_completions(said, [problems[0].reference] * 4)
    assert [verdict.correct for verdict in verdicts] == [True, True, False, False]
