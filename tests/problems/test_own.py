"""Problem sources of own code: what a function may not give is told with its name, row or number, and a remedy."""

from pathlib import Path
from typing import Any

import pytest

from gradus.problems.named import problem_source
from gradus.problems.problem import Problem
from gradus.problems.published import read_published
from gradus.provenance.errors import GradusError
from gradus.study.settings.own_modules import use_folders
from problems.published_sets import write_jsonl

CODE = """\
from gradus.extending.problems import Problem, Row

def given(seed: int):
    return GIVEN

def each(seed: int):
    for n in range(3):
        yield Problem(f"own/{n}", f"{n}?", str(n))

def row(row: Row):
    return GIVEN
"""


def source(folder: Path, function: str, given: str = "None") -> Any:
    (folder / "mine.py").write_text(f"{CODE}\nGIVEN = {given}\n", encoding="utf-8")
    use_folders([str(folder)])
    return problem_source(f"mine:{function}")


def drawn(folder: Path, function: str, given: str = "None") -> list[Problem]:
    made = source(folder, function, given)
    return made.generate(made.settings.model_validate({"source": f"mine:{function}"}), "set", 1)


def test_what_a_function_yields_is_a_set_of_that_source(tmp_path: Path) -> None:
    assert drawn(tmp_path, "each") == [Problem(f"own/{n}", f"{n}?", str(n), 0, "", "mine:each") for n in range(3)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("3", "mine:given: gave 3, not a list of problems; correct the function"),
        ("[]", "mine:given: gave no problem; correct the function, or its settings"),
        ("['a']", "mine:given: problem 0: mine:given gave 'a', not a Problem; correct the function"),
        (
            "[Problem('a', 'b?', 3)]",
            "mine:given: problem 0: mine:given gave 3 as answer (input should be a valid string); correct the function",
        ),
        (
            "[Problem('a', 'b?', 'c', level='1')]",
            "mine:given: problem 0: mine:given gave '1' as level (input should be a valid integer); "
            "correct the function",
        ),
        ("[Problem('a', ' ', 'c')]", "mine:given: problem 0: 'a' has an empty problem; correct the function"),
        (
            "[Problem('a', 'b?', 'c'), Problem('a', 'd?', 'e')]",
            "mine:given: problem 1: the id 'a' is there already; correct the function",
        ),
    ],
)
def test_what_is_no_set_of_problems_is_refused(tmp_path: Path, given: str, said: str) -> None:
    with pytest.raises(GradusError) as caught:
        drawn(tmp_path, "given", given)
    assert str(caught.value) == said


def test_rows_are_told_by_their_places(tmp_path: Path) -> None:
    file = write_jsonl(tmp_path / "set.jsonl", [{"a": 1}, {"a": 2}])
    made = source(tmp_path, "row", "'text'")
    settings = made.settings.model_validate({"source": "mine:row", "path": str(file)})
    with pytest.raises(GradusError, match=f"^{file}:1: mine:row gave 'text', not a Problem; correct the function$"):
        read_published(made, file, settings)
