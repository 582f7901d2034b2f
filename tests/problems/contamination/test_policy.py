"""What follows from a finding: an error that says what to do, or a set without the rows; and the list of all."""

import csv
import io

import pytest

from gradus.problems.contamination.listing import COLUMNS, as_csv, listing
from gradus.problems.contamination.policy import decided_by, kept, refusal, rows_of
from gradus.provenance.errors import GradusError
from gradus.specs.contamination import ListOverlapsSpec


def pair(benchmark: str, name: str, row: int, kind: str = "exact", share: float = 1.0) -> dict[str, object]:
    return {
        **{"benchmark": benchmark, "id": name, "problem": "1, 2\nor 3?", "kind": kind, "share": share},
        **{"other": "train", "other_row": row, "other_id": f"train-{row}", "other_problem": '1; 2 or "3"'},
    }


PAIRS = [pair("easy", "e-1", 4), pair("easy", "e-1", 9), pair("hard", "h-7", 9, "13-gram", 0.85)]


def test_a_refusal_says_what_where_and_what_to_do() -> None:
    assert refusal("problems/train", 50, PAIRS, "list.json") == (
        "problems/train: 2 of 50 rows hold benchmark problems (1 of easy, 1 of hard), the first in row 4: 'train-4' is "
        "'e-1' of easy (exact, 100%); all are in list.json. Train on another set, or set contamination: "
        "{policy: drop} to train without these rows, {policy: report} to go on"
    )


def test_near_copies_have_a_policy_of_their_own() -> None:
    near = pair("easy", "e-3", 12, "near", 0.96)
    pairs = [*PAIRS, near]
    assert decided_by(pairs, "fail", policy="fail", near="report") == PAIRS
    assert decided_by(pairs, "drop", policy="report", near="drop") == [near]
    assert decided_by(pairs, "fail", policy="fail", near="fail") == pairs
    assert refusal("problems/train", 50, [near], "list.json").endswith(
        "'e-3' of easy (near, 96%); all are in list.json. Train on another set, or set contamination: {near: drop} to "
        "train without these rows, {near: report} to go on"
    )
    assert "{policy: drop, near: drop}" in refusal("problems/train", 50, pairs, "list.json")


def test_rows_are_dropped_once_and_never_all() -> None:
    assert rows_of(PAIRS) == {4, 9}
    assert kept("problems/train", 50, PAIRS) == 48
    with pytest.raises(GradusError, match="all 2 rows hold benchmark problems"):
        kept("problems/train", 2, PAIRS)


def test_the_list_has_all_pairs_with_both_texts() -> None:
    found = {"kind": "problems", "set": "train", "rows": 50, "pairs": PAIRS}
    clean = {"kind": "traces", "set": "custom", "rows": 8, "pairs": []}
    shared = {"rows": {"easy": 10, "hard": 20}, "pairs": [pair("easy", "e-2", 3)]}
    table = listing(ListOverlapsSpec(policy="report", near="report", shares={"8": 0.9}), [found, clean], shared)
    assert table["training"] == [
        {
            "kind": "problems",
            "set": "train",
            "rows": 50,
            "overlapping": 2,
            "near": 0,
            "benchmarks": {"easy": 1, "hard": 1},
        },
        {"kind": "traces", "set": "custom", "rows": 8, "overlapping": 0, "near": 0, "benchmarks": {}},
    ]
    assert table["benchmarks"] == {"easy": 10, "hard": 20}
    rows = list(csv.DictReader(io.StringIO(as_csv(table))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["other_kind"] for row in rows] == ["problems", "problems", "problems", "benchmark"]
    assert (rows[2]["share"], rows[2]["problem"], rows[2]["other_problem"]) == ("0.85", "1, 2\nor 3?", '1; 2 or "3"')
