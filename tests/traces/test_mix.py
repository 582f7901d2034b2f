"""Shares of a mix: exact counts, for any sizes and weights."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mix_traces
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.provenance.job import Job
from gradus.specs.traces import MixTracesSpec
from gradus.traces.mix import counts_of, mixed
from gradus.traces.table import write_traces

NAMES = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("sizes", "weights", "size", "counts"),
    [
        ([100, 100], [2, 1], 60, [40, 20]),
        ([100, 100], [2, 1], 100, [67, 33]),
        ([100, 100, 100], [1, 1, 1], 100, [34, 33, 33]),
        ([100, 30], [2, 1], None, [60, 30]),
        ([861, 5000], [0.5, 0.5], None, [861, 861]),
        ([10, 1000], [1, 9], None, [10, 90]),
        ([3, 3], [0.1, 0.2], None, [1, 3]),
    ],
)
def test_by_hand(sizes: list[int], weights: list[float], size: int | None, counts: list[int]) -> None:
    assert counts_of(sizes, weights, size, NAMES[: len(sizes)]) == counts


@given(st.data())
def test_counts_add_up_and_are_within_one_of_the_shares(data: st.DataObject) -> None:
    parts = data.draw(st.integers(1, 3))
    weights = data.draw(st.lists(st.floats(0.1, 10), min_size=parts, max_size=parts))
    size = data.draw(st.integers(1000, 5000))
    counts = counts_of([10_000] * parts, weights, size, NAMES[:parts])
    assert sum(counts) == size
    assert all(abs(count - size * weight / sum(weights)) < 1 + 1e-6 for count, weight in zip(counts, weights))


@given(st.lists(st.integers(200, 2000), min_size=2, max_size=2), st.floats(0.2, 5))
def test_without_a_size_one_set_is_used_up_and_none_overdrawn(sizes: list[int], weight: float) -> None:
    counts = counts_of(sizes, [weight, 1.0], None, NAMES[:2])
    assert all(count <= there for count, there in zip(counts, sizes))
    assert any(there - count <= 1 for count, there in zip(counts, sizes))


def test_too_few_rows_are_named() -> None:
    with pytest.raises(GradusError, match=r"'b' has 10 rows, a mix of 60 asks for 20; lower `size` or its weight"):
        counts_of([100, 10], [2, 1], 60, NAMES[:2])
    with pytest.raises(GradusError, match=r"'b' gives no row to a mix of 3; raise"):
        counts_of([100, 10], [100, 1], 3, NAMES[:2])


def test_lines_are_drawn_once_each_in_their_order_and_by_the_seed() -> None:
    parts = [[b"%d\n" % number for number in range(50)], [b"x%d\n" % number for number in range(50)]]
    lines = mixed(parts, [20, 10], 1, NAMES[:2])
    assert lines == mixed(parts, [20, 10], 1, NAMES[:2]) != mixed(parts, [20, 10], 2, NAMES[:2])
    assert len(set(lines)) == 30
    assert [int(line) for line in lines[:20]] == sorted(int(line) for line in lines[:20])
    places = [[part.index(line) for line in mixed(parts, [10, 10], 1, NAMES[:2]) if line in part] for part in parts]
    assert places[0] != places[1]  # each set is drawn from by itself


def test_the_shortest_lines_are_those_with_the_fewest_characters() -> None:
    parts = [
        [b'{"chars": %d, "n": %d}\n' % (length, n) for n, length in enumerate(part)] for part in ([7, 2, 5, 2], [9])
    ]
    lines = mixed(parts, [3, 1], 1, NAMES[:2], "shortest")
    assert [json.loads(line)["n"] for line in lines] == [1, 2, 3, 0]
    assert lines == mixed(parts, [3, 1], 2, NAMES[:2], "shortest")
    # of two with the same length the earlier one
    assert mixed(parts, [1, 1], 1, NAMES[:2], "shortest")[0] == parts[0][1]


def test_the_job_says_what_it_took(tmp_path: Path) -> None:
    for name, size in (("a", 9), ("b", 30)):
        row = {"messages": [], "answer": "", "teacher": name, "tokens": None, "chars": 3}
        write_traces(tmp_path / f"{name}.jsonl", [{"id": f"{name}{n}"} | row for n in range(size)])
    settings = {"parts": [["a", 1.0], ["b", 3.0]], "size": None, "keep": "drawn", "seed": 1}
    write_json(tmp_path / "spec.json", {"stage": "mix_traces", "name": "traces/m", "modules": [], "settings": settings})
    parts = [str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")]
    paths = {"parts": parts, "out": [str(tmp_path / "m.jsonl")], "summary": [str(tmp_path / "m.json")]}
    mix_traces.build(Job(str(tmp_path / "spec.json"), paths, MixTracesSpec))
    taken = {name: (part["taken"], part["there"]) for name, part in read_json(tmp_path / "m.json")["parts"].items()}
    assert taken == {"a": (9, 9), "b": (27, 30)}
    rows = [json.loads(line) for line in (tmp_path / "m.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["teacher"] for row in rows] == ["a"] * 9 + ["b"] * 27
