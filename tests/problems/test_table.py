import dataclasses

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gradus.problems.table import SCHEMA, Problem, read_problems, write_problems
from gradus.provenance.errors import GradusError

ROWS = [
    Problem("a-0", "What is 1+1?", "2", 1, "one step", "made up"),
    Problem("a-1", "What is ½ of 3?", r"\frac{3}{2}", 2, "halves", "made up"),
]


def test_round_trip_and_schema(tmp_path):
    path = tmp_path / "deep" / "set.parquet"
    write_problems(path, ROWS)
    assert read_problems(path) == ROWS
    assert pq.read_schema(path).equals(SCHEMA)
    assert [entry.name for entry in path.parent.iterdir()] == ["set.parquet"]


def test_forms_options_and_clusters_are_columns_of_sets_that_have_them(tmp_path):
    path = tmp_path / "set.parquet"
    choice = dataclasses.replace(ROWS[0], answer="B", form="choice", options=("1", "2"), question="?")
    for rows, columns in (
        ([choice, ROWS[1]], ["form", "options", "question"]),
        ([dataclasses.replace(ROWS[0], form="text"), ROWS[1]], ["form"]),
        ([dataclasses.replace(ROWS[0], cluster="x"), ROWS[1]], ["cluster"]),
    ):
        write_problems(path, rows)
        assert pq.read_schema(path).names == [*SCHEMA.names, *columns]
        assert read_problems(path) == rows


def test_equal_rows_give_equal_bytes(tmp_path):
    write_problems(tmp_path / "one.parquet", ROWS)
    write_problems(tmp_path / "two.parquet", list(ROWS))
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "empty"),
        ([ROWS[0], dataclasses.replace(ROWS[1], id="a-0")], r"row 2 repeats the id 'a-0' of row 1"),
        ([ROWS[0], dataclasses.replace(ROWS[1], answer=" ")], r"row 2 \('a-1'\) has an empty answer"),
        ([dataclasses.replace(ROWS[0], problem="")], r"row 1 .* empty problem"),
    ],
)
def test_bad_rows_are_refused_by_both_directions(tmp_path, rows, message):
    path = tmp_path / "set.parquet"
    with pytest.raises(GradusError, match=message):
        write_problems(path, rows)
    assert not path.exists()
    pq.write_table(pa.Table.from_pylist([dataclasses.asdict(row) for row in rows], schema=SCHEMA), path)
    with pytest.raises(GradusError, match=f"set.parquet: .*{message}"):
        read_problems(path)


def test_unfit_files_are_refused(tmp_path):
    path = tmp_path / "set.parquet"
    with pytest.raises(GradusError, match="no such problem set"):
        read_problems(path)
    path.write_text("no parquet")
    with pytest.raises(GradusError, match="not a readable parquet file"):
        read_problems(path)
    table = pa.Table.from_pylist([dataclasses.asdict(row) for row in ROWS], schema=SCHEMA)
    pq.write_table(table.drop_columns(["answer", "level"]), path)
    with pytest.raises(GradusError, match="missing column answer, level"):
        read_problems(path)
    pq.write_table(table.set_column(3, "level", pa.array(["easy", "hard"])), path)
    with pytest.raises(GradusError, match="wrong type"):
        read_problems(path)
    pq.write_table(table.set_column(2, "answer", pa.array(["2", None])), path)
    with pytest.raises(GradusError, match="row 2 has no answer"):
        read_problems(path)
