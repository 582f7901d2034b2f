"""How many rows a plan takes local files to have."""

from pathlib import Path

import pytest

from gradus.problems.raw.line_count import rows_at_most


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [("a.jsonl", '{"a": 1}\n{"a": 2}\n', 2), ("a.jsonl", '{"a": 1}\n{"a": 2}', 2), ("a.csv", "a,b\n1,2\n3,4\n", 2)],
)
def test_lines_are_rows(tmp_path: Path, name: str, text: str, rows: int) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    assert rows_at_most(file) == rows_at_most(tmp_path) == rows


def test_a_file_that_has_grown_is_counted_again(tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    file.write_text("a\n1\n", encoding="utf-8")
    assert rows_at_most(file) == 1
    file.write_text("a\n1\n2\n", encoding="utf-8")
    assert rows_at_most(file) == 2


def test_what_is_not_counted(tmp_path: Path) -> None:
    assert rows_at_most(tmp_path / "none.jsonl") is None
    (tmp_path / "a.json").write_text("[]", encoding="utf-8")
    assert rows_at_most(tmp_path / "a.json") is None
