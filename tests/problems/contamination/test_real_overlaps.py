"""What the gate finds on the published sets, and what it leaves alone."""

import json
import random

import pytest

from gradus.problems.contamination.index import BenchmarkIndex
from gradus.problems.contamination.search import between_benchmarks, by_benchmark, in_training
from gradus.problems.contamination.texts import Text
from problems.contamination.planting import KINDS, planted
from problems.published_sets import shared

SHARES = {8: 0.9, 13: 0.8}
FILES = {
    "gsm8k_test": "gsm8k_test.jsonl",
    "math_test": "math_test.jsonl",
    "math500": "math500.jsonl",
    "aime2024": "aime2024.jsonl",
    "aime2025": "aime2025.jsonl",
    "amc2023": "amc23.jsonl",
    "olympiadbench": "olympiadbench_en_maths_comp.jsonl",
}


def rows(name: str) -> list[Text]:
    with open(shared(name), encoding="utf-8") as file:
        return [Text(n, row["id"], row["problem"]) for n, line in enumerate(file, 1) for row in [json.loads(line)]]


@pytest.fixture(scope="module")
def benchmarks() -> dict[str, list[Text]]:
    return {name: rows(file) for name, file in FILES.items()}


@pytest.fixture(scope="module")
def index(benchmarks: dict[str, list[Text]]) -> BenchmarkIndex:
    return BenchmarkIndex(benchmarks, SHARES)


def test_gsm8k_train_holds_no_problem_of_any_benchmark(index: BenchmarkIndex) -> None:
    assert in_training("gsm8k_train", [rows("gsm8k_train.jsonl")], index) == (7473, [])


def test_math_train_holds_a_few_problems_of_its_test_part(index: BenchmarkIndex) -> None:
    count, pairs = in_training("math_train", [rows("math_train.jsonl")], index)
    assert count == 7500
    exact = {(p["benchmark"], p["id"], p["other_id"]) for p in pairs if p["kind"] == "exact"}
    assert {
        ("math_test", "test/precalculus/24307.json", "train/geometry/6032.json"),
        ("math_test", "test/algebra/636.json", "train/algebra/517.json"),
        ("math_test", "test/algebra/1674.json", "train/algebra/777.json"),
        ("olympiadbench", "OE_TO_maths_en_COMP/2890", "train/intermediate_algebra/1087.json"),
    } <= exact
    assert len(exact) == 9
    assert not any(benchmark == "math500" for benchmark, *_ in exact)
    assert {name: number for name, number in by_benchmark(pairs).items() if number > 10}.keys() <= {"math_test"}


def test_math500_is_part_of_math_test(benchmarks: dict[str, list[Text]]) -> None:
    pairs = between_benchmarks(benchmarks, SHARES)
    inside = [p for p in pairs if {p["benchmark"], p["other"]} == {"math500", "math_test"} and p["kind"] == "exact"]
    assert {(p["id"], p["other_id"]) for p in inside} == {(text.id, text.id) for text in benchmarks["math500"]}


def test_all_planted_copies_are_found(index: BenchmarkIndex, benchmarks: dict[str, list[Text]]) -> None:
    """A copy of every benchmark problem with each kind of change, and one with some of them at once."""
    rng = random.Random(1)
    texts = [(name, text) for name, sets in benchmarks.items() for text in sets]
    for change in (*KINDS, planted):
        copies = [Text(row, "copy", change(text.text, rng)) for row, (_, text) in enumerate(texts, start=1)]
        found = {(f.benchmark, f.ours.id, f.theirs.row) for f in index.search(copies)}
        missed = [(name, text.id) for row, (name, text) in enumerate(texts, 1) if (name, text.id, row) not in found]
        assert not missed, f"{change.__name__}: {len(missed)} missed"
