"""Worked solutions as conversations with a calculator."""

import pytest

from gradus.environments.kinds.calculator import call_of
from gradus.problems.sources.pocket_products import PocketProducts, solved
from gradus.traces.calls import with_calls
from gradus.traces.rendering import Unusable

GSM8K = "Natalia sold 48/2 = <<48/2=24>>24 clips in May.\nIn all she sold 48+24 = <<48+24=72>>72 clips.\n#### 72"


def test_lines_become_calls() -> None:
    assert [m["content"] for m in with_calls("37*48=1776\n1776+9 = 1785\n\\boxed{1785}")] == [
        call_of("37*48").text,
        "1776",
        call_of("1776+9").text,
        "1785",
        "\\boxed{1785}",
    ]


def test_gsm8ks_annotations_become_calls_within_what_is_said() -> None:
    turns = with_calls(GSM8K)
    assert [m["role"] for m in turns] == ["assistant", "tool", "assistant", "tool", "assistant"]
    assert [m["content"] for m in turns] == [
        f"Natalia sold 48/2 =\n{call_of('48/2').text}",
        "24",
        f"24 clips in May.\nIn all she sold 48+24 =\n{call_of('48+24').text}",
        "72",
        "72 clips.\n#### 72",
    ]


@pytest.mark.parametrize(
    ("solution", "reason"),
    [
        ("It is \\boxed{4}", "no_steps"),
        ("2+2=5\n\\boxed{5}", "wrong_step"),
        ("<<10/3=3.33>>3.33\n#### 3.33", "wrong_step"),
        ("(2+2=4\n\\boxed{4}", "wrong_step"),
        ("2+2=4\n", "no_answer"),
    ],
)
def test_what_is_no_conversation(solution: str, reason: str) -> None:
    with pytest.raises(Unusable) as unusable:
        with_calls(solution)
    assert str(unusable.value) == reason


def test_every_solution_of_the_pocket_products_is_one() -> None:
    for problem, solution in solved(PocketProducts(size=80, levels=[1, 2, 3, 4]), 0):
        turns = with_calls(solution)
        assert len(turns) == 2 * problem.level + 1
        assert turns[-2]["content"] == problem.answer
        assert turns[-1]["content"] == f"\\boxed{{{problem.answer}}}"
