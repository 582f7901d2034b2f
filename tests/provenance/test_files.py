"""Files are whole or absent."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradus.provenance.errors import GradusError
from gradus.provenance.files import (
    json_text,
    read_json,
    read_json_lines,
    replacing,
    sha256_file,
    whole_lines,
    write_json,
    write_text,
)


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


def test_the_old_file_is_whole_for_who_reads_it_while_a_new_one_takes_its_place(tmp_path: Path) -> None:
    """Renamed, not copied over: a copy that is cut short would leave half of the new one."""
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with open(path, encoding="utf-8") as reader:
        with replacing(path) as temporary:
            temporary.write_text("new", encoding="utf-8")
            written = temporary.stat().st_ino
        assert path.stat().st_ino == written
        assert reader.read() == "old"


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was synced and renamed, in order, with the content that was synced."""
    done: list[tuple[str, str]] = []
    sync, rename = os.fsync, os.replace

    def noted_sync(descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        done.append(("sync", "folder" if path.is_dir() else path.read_text(encoding="utf-8")))
        sync(descriptor)

    def noted_rename(source: Path, target: Path) -> None:
        done.append(("rename", Path(target).name))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_rename)
    return done


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="asks Linux which file a descriptor is")
def test_a_file_is_on_the_disk_before_its_name_and_its_name_before_the_end(
    tmp_path: Path, on_disk: list[tuple[str, str]]
) -> None:
    write_text(tmp_path / "a.txt", "whole")
    assert on_disk == [("sync", "whole"), ("rename", "a.txt"), ("sync", "folder")]
    on_disk.clear()
    write_json(tmp_path / "a.json", 1)
    assert on_disk == [("sync", "1\n"), ("rename", "a.json"), ("sync", "folder")]
    on_disk.clear()
    write_text(tmp_path / "a.txt", "again", durable=False)
    assert on_disk == [("rename", "a.txt")]
    on_disk.clear()
    with replacing(tmp_path / "link") as temporary:
        temporary.symlink_to(tmp_path / "a.txt")  # whose bytes are someone else's
    assert on_disk == [("rename", "link"), ("sync", "folder")]


@pytest.mark.parametrize("text", [b"", b'{"a": [1, 2', b"\x00\x00\x00\x00", b'{"a": "\xff"}'])
def test_a_torn_file_is_named_with_a_remedy(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "eval.json"
    path.write_bytes(text)
    with pytest.raises(GradusError, match=r"^\S+eval\.json: not whole JSON \(.+\); .* remove it and run the build"):
        read_json(path)
    path.write_bytes(b'{"a": 1}\n\n' + (text or b"{") + b"\n")
    with pytest.raises(GradusError, match=r"eval\.json: line 3: not whole JSON"):
        read_json_lines(path)


@pytest.mark.parametrize("text", ["[]", "null", '"config"', "3"])
def test_a_file_that_holds_no_object_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GradusError, match=r"config\.json: holds a JSON \w+, not an object; fetch or make it again"):
        read_json(path)


def test_lines_end_where_json_says(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "one\u2028two"}\n\n{"text": "\x85"}\n', encoding="utf-8")
    assert read_json_lines(path) == [{"text": "one\u2028two"}, {"text": "\x85"}]


def test_lines_that_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    assert whole_lines(path) == []
    path.write_text("one\ntwö\nthr", encoding="utf-8")
    assert whole_lines(path) == ["one", "twö"]
    assert path.read_text(encoding="utf-8") == "one\ntwö\n"
    assert whole_lines(path) == ["one", "twö"]
