"""What the ledger says that a result was made of, and when it is no longer so."""

import os
from dataclasses import asdict
from pathlib import Path

import pytest

from gradus.provenance import digests
from gradus.provenance.files import sha256_file, write_json, write_text
from gradus.provenance.records import Damaged, Input, changed_input, inputs_of, read_record

LONG_AGO = 10**18


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job that took 60 s and read one file, which is older than its end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(digests, "_read", {})
    read = tmp_path / "read.txt"
    write_text(read, "abc")
    os.utime(read, ns=(LONG_AGO, LONG_AGO))
    path = tmp_path / "entry.json"
    write_json(path, {"spec": "s" * 64, "wall_seconds": 60.0, "inputs": {str(read): asdict(Input.of(read))}})
    return path


def change(path: Path, text: str, time: int) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(time, time))


def is_changed(entry: Path) -> bool:
    record = read_record(entry)
    assert record is not None
    found = changed_input(record)
    assert found in (None, str(entry.with_name("read.txt")))
    return found is not None


def test_a_record_says_by_what_and_when(entry: Path) -> None:
    record = read_record(entry)
    assert record is not None
    assert record.spec == "s" * 64
    assert record.ended == entry.stat().st_mtime_ns
    assert record.ended - record.began == 61 * 10**9
    (known,) = record.inputs.values()
    assert known == Input(sha256_file(entry.with_name("read.txt")), 3, LONG_AGO)
    assert read_record(entry.with_name("none.json")) is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "null", "[]", "1", "{}", '{"spec": "a"}', '{"spec": "a", "wall_seconds": "x"}'),
        *(f'{{"spec": "a", "wall_seconds": 1, "inputs": {inputs}}}' for inputs in ("[]", '{"a": 1}', '{"a": {}}')),
    ],
)
def test_an_entry_that_cannot_be_read_is_damaged(entry: Path, text: str) -> None:
    entry.write_text(text, encoding="utf-8")
    with pytest.raises(Damaged):
        read_record(entry)
    entry.write_bytes(b"\xff\x00")
    with pytest.raises(Damaged):
        read_record(entry)


def test_entries_of_former_releases_have_no_inputs(entry: Path) -> None:
    write_json(entry, {"spec": "a", "wall_seconds": 1})
    record = read_record(entry)
    assert record is not None
    assert record.inputs == {}


def test_content_that_changed_under_an_older_time_stamp_is_seen(entry: Path) -> None:
    read = entry.with_name("read.txt")
    assert not is_changed(entry)
    change(read, "abd", LONG_AGO - 1)
    assert is_changed(entry)
    change(read, "abcd", LONG_AGO)  # another size shows by itself
    assert is_changed(entry)
    change(read, "abc", LONG_AGO - 1)  # only touched
    assert not is_changed(entry)


def test_what_is_newer_or_gone_is_snakemakes_to_judge(entry: Path) -> None:
    read = entry.with_name("read.txt")
    change(read, "abd", entry.stat().st_mtime_ns + 1)
    assert not is_changed(entry)
    read.unlink()
    assert not is_changed(entry)


def test_a_file_is_read_only_where_its_time_stamp_is_another(entry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(digests, "sha256_file", refuse)
    assert not is_changed(entry)


def test_a_file_that_was_only_touched_is_read_once(entry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As all are in a copy of the results that did not keep the time stamps."""
    read: list[str] = []

    def noted(path: str) -> str:
        read.append(path)
        return sha256_file(path)

    monkeypatch.setattr(digests, "sha256_file", noted)
    monkeypatch.setattr(digests, "SETTLED_NS", -(10**12))
    change(entry.with_name("read.txt"), "abc", LONG_AGO - 1)
    for _ in range(3):
        assert not is_changed(entry)
        digests._read.clear()  # as in the next command
    assert read == [str(entry.with_name("read.txt"))]


def test_folders_are_their_files(tmp_path: Path) -> None:
    for name in ("a/c", "a/b/d", "e"):
        write_text(tmp_path / name, name)
    paths = [str(tmp_path / name) for name in ("a", "e", "gone")]
    assert list(inputs_of(paths)) == [str(tmp_path / name) for name in ("a/b/d", "a/c", "e")]
