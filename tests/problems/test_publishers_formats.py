"""The same rows in every format and layout that a publisher, a hub or `datasets` leaves on a disk."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.problems.raw.files import data_files, natural, read_rows
from gradus.provenance.errors import GradusError
from problems.published_sets import read, write_jsonl

ROWS = [{"question": f"What is {n} × 1,000?", "answer": f"It is {n},000.\n#### {n},000"} for n in range(1, 13)]


def save_arrow(path, rows, stream=True):
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(rows)
    open_writer = pa.ipc.new_stream if stream else pa.ipc.new_file
    with open_writer(str(path), table.schema) as writer:
        writer.write_table(table, max_chunksize=5)


def test_every_format_gives_the_same_problems(tmp_path):
    made = [write_jsonl(tmp_path / "train.jsonl", ROWS), tmp_path / "train.json", tmp_path / "lines.json"]
    made[1].write_text(json.dumps(ROWS, indent=2), encoding="utf-8-sig")
    made[2].write_bytes(made[0].read_bytes().replace(b"\n", b"\r\n"))
    made += [tmp_path / "train.parquet", tmp_path / "stream.arrow", tmp_path / "file.arrow"]
    pq.write_table(pa.Table.from_pylist(ROWS), made[3], row_group_size=5)
    save_arrow(made[4], ROWS)
    save_arrow(made[5], ROWS, stream=False)
    read_all = [read("gsm8k", path, expect_rows=12).problems for path in made]
    assert all(problems == read_all[0] for problems in read_all)
    assert [p.id for p in read_all[0]] == [f"gsm8k/train/{n}" for n in range(12)]
    assert [p.answer for p in read_all[0]] == [f"{n}000" for n in range(1, 13)]


def test_a_hub_snapshot_and_a_saved_dataset(tmp_path):
    hub = tmp_path / "hub"
    for config, rows in (("main", ROWS), ("socratic", ROWS[:3])):
        (hub / config).mkdir(parents=True)
        for part, some in (("00000", rows[:2]), ("00001", rows[2:])):
            pq.write_table(pa.Table.from_pylist(some), hub / config / f"train-{part}-of-00002.parquet")
        pq.write_table(pa.Table.from_pylist(ROWS[:1]), hub / config / "test-00000-of-00001.parquet")
    (hub / ".cache" / "main").mkdir(parents=True)
    (hub / ".cache" / "main" / "train.jsonl").write_text("nothing to read")
    saved = tmp_path / "saved"
    save_arrow(saved / "train" / "data-00000-of-00002.arrow", ROWS[:7])
    save_arrow(saved / "train" / "data-00001-of-00002.arrow", ROWS[7:])
    save_arrow(saved / "test" / "data-00000-of-00001.arrow", ROWS[:1])
    (saved / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    for name in ("state.json", "dataset_info.json", "cache-12.arrow"):
        (saved / "train" / name).write_text("{}")
    for folder in (hub, saved):
        assert len(read("gsm8k", folder, split="test", expect_rows=1).problems) == 1
        problems = read("gsm8k", folder, expect_rows=12).problems
        assert problems == read("gsm8k", write_jsonl(tmp_path / "a.jsonl", ROWS), expect_rows=12).problems


def test_files_stand_in_natural_order(tmp_path):
    for number in (10, 9, 1):
        write_jsonl(tmp_path / f"part{number}.jsonl", [{"n": number}])
    assert [row.values["n"] for row in read_rows(tmp_path)] == [1, 9, 10]
    assert [row.number for row in read_rows(tmp_path)] == [0, 1, 2]
    assert sorted(["b2", "b10", "a", "10"], key=natural) == ["10", "a", "b2", "b10"]
    with pytest.raises(GradusError, match="no such file or folder"):
        data_files(tmp_path / "no")


JSON_LIKE = st.lists(
    st.sampled_from(
        ['{"a": 1}', "[", "]", "{", "}", ",", "\n", " ", '"', "\\", "\ufeff", "é", "NaN", "1e999", "9" * 5000]
    )
).map(lambda parts: "".join(parts).encode())


@settings(max_examples=300, deadline=None)
@given(content=JSON_LIKE | st.binary(max_size=60), suffix=st.sampled_from([".json", ".jsonl", ".parquet", ".arrow"]))
def test_any_file_is_rows_or_a_refusal_that_names_it(content, suffix, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(content)
    try:
        rows = list(read_rows(path))
    except GradusError as error:
        assert str(error).startswith(str(path))  # noqa: PT017 rows are as good
    else:
        assert rows
        assert all(isinstance(row.values, dict) for row in rows)


def test_the_split_is_that_of_the_nearest_part_and_files_of_none_stay_out(tmp_path):
    for number, name in enumerate(["train/test.jsonl", "test/train-0.jsonl", "test/0.jsonl", "notes.jsonl"]):
        write_jsonl(tmp_path / name, [{"n": number}])
    assert [row.values["n"] for row in read_rows(tmp_path, "test")] == [2, 0]
    assert [row.values["n"] for row in read_rows(tmp_path, "train")] == [1]
    assert {row.values["n"] for row in read_rows(tmp_path)} == {0, 1, 2, 3}


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_rows_are_numbered_over_batches(tmp_path, suffix):
    """300 rows in batches of 100, read 256 at a time at most: a place is that of the whole file."""
    table, path = pa.table({"n": list(range(300))}), tmp_path / f"rows{suffix}"
    if suffix == ".parquet":
        pq.write_table(table, path, row_group_size=100)
    else:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    rows = list(read_rows(path))
    assert [row.place for row in rows] == [f"{path}: row {number}" for number in range(1, 301)]
    assert [row.values["n"] for row in rows] == [row.number for row in rows] == list(range(300))


def test_places_name_the_line_of_each_row(tmp_path):
    text = json.dumps(ROWS[:3], indent=1)
    (tmp_path / "a.json").write_text(text)
    lines = [row.place for row in read_rows(tmp_path / "a.json")]
    assert lines == [f"{tmp_path}/a.json:{n}" for n in (2, 6, 10)]
    assert [row.place for row in read_rows(write_jsonl(tmp_path / "b.jsonl", ROWS[:2]))][1] == f"{tmp_path}/b.jsonl:2"
