"""Near copies: by hand, on generated problems, and on published ones with one edit each."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gradus.problems.contamination.index import BenchmarkIndex
from gradus.problems.contamination.near import near_tokens, nearness
from gradus.problems.contamination.search import in_training
from gradus.problems.contamination.texts import Text
from gradus.problems.contamination.tokens import tokenise
from problems.contamination.edits import EDITS, other_number

DATA = Path(__file__).parents[4] / "shared" / "data"
SHARES = {8: 0.9, 13: 0.8}
DUCKS = (
    "Janet's ducks lay 16 eggs a day. She eats three for breakfast, and sells the rest at $2 each. How much does Janet "
    "make?"
)


def near(ours: str, theirs: str) -> float | None:
    return nearness(near_tokens(tokenise(ours).words), near_tokens(tokenise(theirs).words))


def test_numbers_are_tokens_however_they_are_written() -> None:
    found = near_tokens(tokenise("Twenty-five or 1{,}000 and 3.5: sixteen or forty two of 20 5").words)
    assert found == ("#25", "or", "#1000", "and", "#3.5", "#16", "or", "#42", "of", "#205")


@pytest.mark.parametrize(
    ("edit", "cost"),
    [
        (("ducks", "dcuks"), 1),
        (("for breakfast", "for her breakfast"), 1),
        (("a day", "day"), 1),
        (("three", "3"), 0),
        (("16", "sixteen"), 0),
        (("Janet", "Maria"), 1),
        (("rest", "others"), 2),
        (("How", "Question 4. How"), None),
        (("16", "17"), None),
        (("$2", "$3"), None),
    ],
)
def test_by_hand(edit: tuple[str, str], cost: int | None) -> None:
    words = len(near_tokens(tokenise(DUCKS).words))
    found = near(DUCKS, DUCKS.replace(*edit))
    assert found == (None if cost is None else pytest.approx(1 - cost / words))


def test_what_is_around_a_problem_does_not_count_unless_a_formula_goes_on() -> None:
    assert near(DUCKS, f"Solve this problem step by step. {DUCKS} Explain your answer.") == 1
    assert near("Evaluate $\\log_3 81$.", "Evaluate $\\log_3 81 - \\log_3 9$.") is None


def test_a_variable_is_another_one_throughout() -> None:
    ours = "Let $a$ and $b$ be roots of $x^2 - a x + b = 0$. Find $a + b$."
    assert near(ours, ours.replace("x", "t")) is not None
    assert near(ours, "Let $c$ and $b$ be roots of $x^2 - c x + b = 0$. Find $c + b$.") is not None
    assert near(ours, "Let $a$ and $b$ be roots of $x^2 - b x + a = 0$. Find $a + b$.") is None
    assert near(ours, ours.replace("a + b", "a + c")) is None


def problems(name: str) -> list[Text]:
    path = DATA / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"needs {path}")
    lines = path.read_text(encoding="utf-8").strip().split("\n")
    return [Text(row, f"{name}-{row}", json.loads(line)["problem"]) for row, line in enumerate(lines, start=1)]


@pytest.fixture(scope="module")
def benchmarks() -> dict[str, list[Text]]:
    return {name: problems(name) for name in ("gsm8k_test", "math500", "aime2024", "aime2025", "amc23")}


@pytest.fixture(scope="module")
def index(benchmarks: dict[str, list[Text]]) -> BenchmarkIndex:
    return BenchmarkIndex(benchmarks, SHARES, near=True)


def share_found(
    index: BenchmarkIndex, benchmarks: dict[str, list[Text]], edit: Callable[[str, random.Random], str | None]
) -> float:
    rng = random.Random(0)
    edited = [(name, text, edit(text.text, rng)) for name, texts in benchmarks.items() for text in texts]
    planted = [(name, text, new) for name, text, new in edited if new is not None and new != text.text]
    rows = [Text(row, "", new) for row, (_, _, new) in enumerate(planted, start=1)]
    found = {(one.benchmark, one.ours.row, one.theirs.row) for one in index.search(rows)}
    return sum((name, text.row, row) in found for row, (name, text, _) in enumerate(planted, start=1)) / len(planted)


@pytest.mark.parametrize("edit", EDITS)
def test_of_single_edits_nearly_all_are_found(
    index: BenchmarkIndex, benchmarks: dict[str, list[Text]], edit: Callable[[str, random.Random], str | None]
) -> None:
    assert share_found(index, benchmarks, edit) > 0.95


def test_another_number_is_another_problem(index: BenchmarkIndex, benchmarks: dict[str, list[Text]]) -> None:
    assert share_found(index, benchmarks, other_number) == 0


def test_real_training_sets_hold_few(index: BenchmarkIndex) -> None:
    """Both that are found in MATH's train part are near copies of problems of MATH-500."""
    assert in_training("gsm8k", [problems("gsm8k_train")], index)[1] == []
    pairs = [pair for pair in in_training("math", [problems("math_train")], index)[1] if pair["kind"] == "near"]
    assert len(pairs) == 2
    assert {pair["benchmark"] for pair in pairs} == {"math500"}
