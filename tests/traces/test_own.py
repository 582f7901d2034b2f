"""Kinds of traces of own code: what a function may not give is told with its name, problem or row, and a remedy."""

from pathlib import Path
from typing import Any

import pytest

from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from gradus.specs.prompts import PromptSpec
from gradus.study.settings.own_modules import use_folders
from gradus.traces.named import trace_source
from gradus.traces.source import Reading
from problems.published_sets import write_jsonl

CODE = """\
from gradus.extending.traces import Problem, Row, Solution

def of_problem(problem: Problem):
    return GIVEN

def of_row(row: Row):
    return GIVEN
"""
PROMPT = PromptSpec(system=None, few_shot=[], suffix="")


def read(folder: Path, function: str, given: str) -> list[Any]:
    (folder / "mine.py").write_text(f"{CODE}\nGIVEN = {given}\n", encoding="utf-8")
    use_folders([str(folder)])
    file = write_jsonl(folder / "rows.jsonl", [{"a": 1}, {"a": 2}])
    source = trace_source(f"mine:{function}")
    problems = [Problem("p/1", "1 + 1?", "2"), Problem("p/2", "1 + 2?", "3")]
    settings = source.settings.model_validate(
        {"kind": f"mine:{function}", "problems": "any"}
        if "problem" in function
        else {"kind": f"mine:{function}", "path": str(file)}
    )
    return list(source.read(Reading("set", file, PROMPT, problems), settings))


def test_what_a_row_does_not_say_of_a_solution_is_filled_in(tmp_path: Path) -> None:
    first, second = read(tmp_path, "of_row", "Solution('1 + 1?', '2')")
    assert (first.id, second.id) == ("set/0", "set/1")
    assert (first.teacher, first.answer, first.place) == ("set", "", f"{tmp_path}/rows.jsonl:1")


@pytest.mark.parametrize(
    ("function", "given", "said"),
    [
        ("of_problem", "2", "mine:of_problem: p/1: gave 2, neither a text nor None; correct the function"),
        ("of_problem", "' '", "mine:of_problem: p/1: the solution is empty; correct the row, or remove it"),
        ("of_row", "'2'", "{rows}:1: mine:of_row gave '2', neither a Solution nor None; correct the function"),
        ("of_row", "Solution('', '2')", "{rows}:1: the question is empty; correct the row, or remove it"),
        ("of_row", "Solution('1 + 1?', '')", "{rows}:1: the solution is empty; correct the row, or remove it"),
    ],
)
def test_what_is_no_solution_is_refused(tmp_path: Path, function: str, given: str, said: str) -> None:
    with pytest.raises(GradusError) as caught:
        read(tmp_path, function, given)
    assert str(caught.value) == said.format(rows=tmp_path / "rows.jsonl")
