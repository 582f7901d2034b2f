"""Lengths of completions by what became of them, against values by hand."""

import csv
from io import StringIO
from pathlib import Path

import pytest

from gradus.evaluation.completion_lengths import (
    COLUMNS,
    LengthRow,
    TokenLengths,
    length_rows,
    read_csv,
    render_csv,
)
from gradus.evaluation.verdicts import Verdicts
from gradus.provenance.errors import GradusError

Made = tuple[bool | None, str | None, str, int]
"""A completion: correct, its answer, why it ended, its tokens."""

MADE: list[Made] = [
    *[(True, "1", "stop", tokens) for tokens in (10, 20, 30, 40)],
    (True, "1", "length", 64),
    *[(False, "2", "stop", tokens) for tokens in (7, 50)],
    (False, None, "stop", 3),
    *[(False, answer, "length", 64) for answer in ("2", None)],
    (None, "x^x", "stop", 12),
]


def rows_of(made: list[Made]) -> dict[str, LengthRow]:
    correct, answers, reasons, tokens = (list(column) for column in zip(*made))
    count = len(made)
    verdicts = Verdicts(
        "made", [str(i // 2) for i in range(count)], [i % 2 for i in range(count)], answers, correct,
        ["number"] * count, [""] * count, reasons, tokens,
    )  # fmt: skip
    return {row.outcome: row for row in length_rows("rl", "aime", verdicts)}


def test_every_completion_is_counted_once_by_its_outcome() -> None:
    rows = rows_of(MADE)
    assert list(rows) == ["all", "right", "wrong", "no_answer", "truncated", "unknown"]
    assert [row.completions for row in rows.values()] == [11, 5, 2, 1, 2, 1]
    # a right answer that was cut afterwards is right, and was cut
    assert [row.at_limit for row in rows.values()] == [3, 1, 0, 0, 2, 0]


def test_lengths_by_hand() -> None:
    rows = rows_of(MADE)
    # of 10, 20, 30, 40, 64: nearest ranks 2, 4 and 5
    assert rows["right"].tokens == TokenLengths(mean=32.8, min=10, q1=20, median=30, q3=40, p95=64, max=64)
    assert rows["wrong"].tokens == TokenLengths(mean=28.5, min=7, q1=7, median=28.5, q3=50, p95=50, max=50)
    assert rows["no_answer"].tokens == TokenLengths(mean=3, min=3, q1=3, median=3, q3=3, p95=3, max=3)
    assert rows["all"].tokens is not None
    assert (rows["all"].tokens.median, rows["all"].tokens.max) == (30, 64)
    hundred = rows_of([(True, "1", "stop", tokens) for tokens in range(1, 101)])["right"].tokens
    assert hundred == TokenLengths(mean=50.5, min=1, q1=25, median=50.5, q3=75, p95=95, max=100)


@pytest.mark.parametrize(
    "made", [[(False, None, "length", 64)] * 4, [(False, "2", "stop", 9)], [(True, "1", "stop", 0)]]
)
def test_outcomes_without_completions_have_empty_lengths(made: list[Made], tmp_path: Path) -> None:
    """No right answer at all, every completion cut, a single one, an empty one."""
    rows = list(rows_of(made).values())
    text = render_csv(rows)
    assert "nan" not in text.lower()
    for record in csv.DictReader(StringIO(text)):
        empty = [not record[column] for column in COLUMNS[5:]]
        assert empty == [record["completions"] == "0"] * len(empty)
    (tmp_path / "lengths.csv").write_text(text, encoding="utf-8")
    assert read_csv(tmp_path / "lengths.csv") == rows


def test_the_file_has_whole_numbers_of_any_size() -> None:
    (row, *_) = rows_of([(True, "1", "stop", 1_234_567), (True, "1", "stop", 1_234_570)]).values()
    line = render_csv([row]).splitlines()[1]
    assert line == "rl,aime,all,2,0,1.23457e+06,1234567,1234567,1.23457e+06,1234570,1234570,1234570"


def test_a_torn_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "lengths.csv"
    path.write_text(",".join(COLUMNS) + "\nrl,aime,all,3,0,1,1,1,1,1,1\n", encoding="utf-8")
    with pytest.raises(GradusError, match=r"lengths\.csv, line 2: .* made again"):
        read_csv(path)
