"""Files are whole or absent."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradus.provenance.files import json_text, read_json, replacing, sha256_file, write_json, write_text


class Broken(Exception):
    pass


def fail_halfway(path: Path) -> None:
    with replacing(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise Broken


def test_a_file_appears_when_the_block_succeeds(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.txt"
    with replacing(path) as temporary:
        temporary.write_text("whole", encoding="utf-8")
        assert not path.exists()
        assert temporary.parent == path.parent
    assert path.read_text(encoding="utf-8") == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_an_exception_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(Broken):
        fail_halfway(path)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_exception_leaves_no_file_where_there_was_none(tmp_path: Path) -> None:
    with pytest.raises(Broken):
        fail_halfway(tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    dead, alive = tmp_path / f".a.txt.{process.pid}.tmp", tmp_path / f".a.txt.{os.getppid()}.tmp"
    others = [alive, tmp_path / f".b.txt.{process.pid}.tmp", tmp_path / ".a.txt.mine.tmp"]
    for path in (dead, *others):
        path.touch()
    write_text(tmp_path / "a.txt", "whole")
    assert set(tmp_path.iterdir()) == {tmp_path / "a.txt", *others}


def test_a_block_that_writes_nothing_fails(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "a.txt"):
        pass


def test_json_has_one_layout(tmp_path: Path) -> None:
    assert json_text({"b": 1, "a": ["é", None]}) == '{\n  "a": [\n    "é",\n    null\n  ],\n  "b": 1\n}\n'
    assert json_text({"b": 1, "a": 2}) == json_text({"a": 2, "b": 1})
    write_json(tmp_path / "a.json", {"b": 1})
    assert read_json(tmp_path / "a.json") == json.loads((tmp_path / "a.json").read_bytes()) == {"b": 1}


def test_digest_of_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    # The first test vector of FIPS 180-2.
    assert sha256_file(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    blocks = b"x" * 3_000_000
    (tmp_path / "b").write_bytes(blocks)
    assert sha256_file(tmp_path / "b") == hashlib.sha256(blocks).hexdigest()
