r"""Notations of real answers, by kind, each with similar wrong ones: `notations.tsv`.

A pair marked `no` may be judged different or undecided; it is never accepted, whichever side is the reference answer.
"""

import csv
from pathlib import Path

import pytest

from gradus.grading.verdict import same

with (Path(__file__).parent / "notations.tsv").open(encoding="utf-8", newline="") as lines:
    ROWS = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_every_kind_has_right_and_wrong_pairs():
    by_kind: dict[str, set[str]] = {}
    for row in ROWS:
        by_kind.setdefault(row["kind"], set()).add(row["same"])
    assert set(map(frozenset, by_kind.values())) == {frozenset({"yes", "no"})}, by_kind


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['kind']}: {row['one']} | {row['other']}")
def test_what_is_accepted(row):
    for a, b in ((row["one"], row["other"]), (row["other"], row["one"])):
        assert (same(a, b).equal is True) == (row["same"] == "yes")
