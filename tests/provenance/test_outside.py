"""Digests of outside files: by content, read once, and safe whatever the store holds."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gradus.provenance import digests as module
from gradus.provenance.digests import STORE
from gradus.provenance.errors import GradusError
from gradus.provenance.outside import expect_unchanged, outside
from gradus.specs.base import JobSettings, Outside

LONG_AGO = 1_000_000_000


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read for their digests. All have been there for long enough to be kept."""
    names: list[str] = []
    sha256_file = module.sha256_file

    def noted(path: str) -> str:
        names.append(Path(path).name)
        return sha256_file(path)

    monkeypatch.setattr(module, "sha256_file", noted)
    monkeypatch.setattr(module, "SETTLED_NS", -(10**12))
    monkeypatch.setattr(module, "_read", {})
    monkeypatch.chdir(tmp_path)
    return names


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "set"
    (path / "part").mkdir(parents=True)
    (path / "a.jsonl").write_text("1\n", encoding="utf-8")
    (path / "part/b.jsonl").write_text("2\n", encoding="utf-8")
    (path / ".lock").write_text("", encoding="utf-8")
    return path


def replaced(path: Path, text: str) -> None:
    """As `cp -p` does: other content of the same size under an older time stamp."""
    other = path.with_name("other")
    other.write_text(text, encoding="utf-8")
    os.utime(other, (LONG_AGO, LONG_AGO))
    shutil.copy2(other, path)
    other.unlink()
    assert path.stat().st_mtime == LONG_AGO


class Reads(JobSettings):
    outside: Outside | None = None
    weights: "Reads | None" = None


def test_a_file_is_read_once(folder: Path, read: list[str]) -> None:
    first = outside("set")
    assert sorted(read) == ["a.jsonl", "b.jsonl"]
    assert outside("set") == first
    module._read.clear()  # as in a new process
    assert outside("set") == first
    assert sorted(read) == ["a.jsonl", "b.jsonl"]
    assert outside("set", ["a.jsonl"]).sha256 != first.sha256
    assert len(read) == 2


def test_other_content_under_an_older_time_stamp_is_news(folder: Path, read: list[str]) -> None:
    replaced(folder / "a.jsonl", "1\n")
    first = outside("set")
    replaced(folder / "a.jsonl", "9\n")  # the same size and time stamp: what remains is the change time
    second = outside("set")
    assert second.sha256 != first.sha256
    assert read.count("a.jsonl") == 2
    with pytest.raises(GradusError, match=r"^set: its content changed after the plan was made; run snakemake again$"):
        expect_unchanged(Reads(outside=first))
    with pytest.raises(GradusError, match="set: its content changed"):
        expect_unchanged(Reads(weights=Reads(outside=first)))
    expect_unchanged(Reads(outside=second, weights=Reads()))


def test_the_same_content_touched_is_no_news(folder: Path, read: list[str]) -> None:
    first = outside("set")
    os.utime(folder / "a.jsonl")
    assert outside("set") == first


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda folder: (folder / "c.jsonl").write_text(""), id="a new file"),
        pytest.param(lambda folder: (folder / "a.jsonl").unlink(), id="a file less"),
        pytest.param(lambda folder: (folder / "a.jsonl").rename(folder / "A.jsonl"), id="another name"),
        pytest.param(lambda folder: (folder / "part/b.jsonl").rename(folder / "b.jsonl"), id="another folder"),
    ],
)
def test_names_count(folder: Path, read: list[str], change: Callable[[Path], object]) -> None:
    first = outside("set")
    change(folder)
    assert outside("set").sha256 != first.sha256


def test_a_file_that_has_just_changed_is_read_again(
    folder: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a tick of the clock it could change once more without another time stamp."""
    monkeypatch.setattr(module, "SETTLED_NS", 10**12)
    first = outside("set")
    assert outside("set") == first
    assert len(read) == 2
    assert not STORE.exists()
    module._read.clear()
    assert outside("set") == first
    assert len(read) == 4


@pytest.mark.parametrize("text", ["", "{", "[]", '{"set/a.jsonl": 1}', "null"])
def test_a_damaged_store_is_as_none(folder: Path, read: list[str], text: str) -> None:
    first = outside("set")
    entries = json.loads(STORE.read_text(encoding="utf-8"))
    STORE.write_text(text, encoding="utf-8")
    module._read.clear()
    assert outside("set") == first
    assert len(read) == 4
    assert json.loads(STORE.read_text(encoding="utf-8")).items() >= entries.items()
    STORE.write_text(json.dumps({name: [entry[0]] for name, entry in entries.items()}), encoding="utf-8")
    module._read.clear()
    assert outside("set") == first
    assert len(read) == 6


def test_where_nothing_can_be_kept_each_process_reads_the_files(folder: Path, read: list[str]) -> None:
    STORE.parent.write_text("a file where the folder should be", encoding="utf-8")
    first = outside("set")
    module._read.clear()
    assert outside("set") == first
    assert len(read) == 4


def test_files_that_are_gone_are_forgotten(folder: Path, read: list[str]) -> None:
    outside("set")
    (folder / "a.jsonl").unlink()
    (folder / "part/b.jsonl").write_text("3", encoding="utf-8")
    outside("set")
    assert [Path(name).name for name in json.loads(STORE.read_text(encoding="utf-8"))] == ["b.jsonl"]


def test_a_file_that_is_gone_is_named(folder: Path, read: list[str]) -> None:
    with pytest.raises(GradusError, match=r"set/c\.jsonl: cannot be read \(No such file or directory\); correct"):
        outside("set", ["c.jsonl"])
