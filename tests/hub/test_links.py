"""Links in place of files: as links, in one step, and known to be dead where what they lead to is gone."""

import os
from pathlib import Path

import pytest

from gradus.hub.links import dangling, link_file, link_folder


@pytest.fixture
def cached(tmp_path: Path) -> Path:
    file = tmp_path / "cache/blob"
    file.parent.mkdir()
    file.write_text("gigabytes")
    os.utime(file, ns=(1, 1))
    return file


@pytest.mark.parametrize("before", ["nothing", "a file", "a link", "a dead link"])
def test_whatever_was_there_a_link_is_there_now(cached: Path, tmp_path: Path, before: str) -> None:
    link, other = tmp_path / "results/model.safetensors", tmp_path / "other"
    link.parent.mkdir()
    other.write_text("another revision")
    if before == "a file":
        link.write_text("another revision")
    elif before != "nothing":
        link.symlink_to(other if before == "a link" else tmp_path / "gone")
    link_file(cached, link)
    assert link.is_symlink()
    assert link.readlink() == cached
    assert other.read_text() == "another revision"  # a file that is not ours is never written through its link
    assert [path.name for path in link.parent.iterdir()] == [link.name]


def test_a_link_is_as_new_as_its_fetch_and_shares_its_bytes(cached: Path, tmp_path: Path) -> None:
    link = tmp_path / "results/a"
    link_file(cached, link)
    assert link.lstat().st_mtime_ns > link.stat().st_mtime_ns == 1
    assert link.stat().st_ino == cached.stat().st_ino


def test_a_relative_target_is_found_from_everywhere(
    cached: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    link_file(Path("cache/blob"), Path("results/deep/a"))
    link_folder({"in/b": Path("cache/blob")}, Path("results/set"))
    assert Path("results/deep/a").read_text() == Path("results/set/in/b").read_text() == "gigabytes"


def test_a_folder_holds_the_links_and_nothing_of_the_last_fetch(cached: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results/set"
    link_folder({"old.parquet": cached, "main/old.parquet": cached}, folder)
    link_folder({"main/new.parquet": cached}, folder)
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()] == [
        "main/new.parquet"
    ]
    assert (folder / "main/new.parquet").readlink() == cached
    assert [path.name for path in folder.parent.iterdir()] == ["set"]


def test_a_folder_that_could_not_be_made_leaves_the_old_one(cached: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results/set"
    link_folder({"a": cached}, folder)
    with pytest.raises(OSError, match="exists"):
        link_folder({"b": cached, "b/c": cached}, folder)
    assert (folder / "a").readlink() == cached
    assert [path.name for path in folder.parent.iterdir()] == ["set"]


def test_folders_with_dead_links(cached: Path, tmp_path: Path) -> None:
    (tmp_path / "cache/other").write_text("kept")
    whole, dead, empty = (tmp_path / "results" / name for name in ("whole", "dead", "empty"))
    link_folder({"a": tmp_path / "cache/other"}, whole)
    link_folder({"a": tmp_path / "cache/other", "deep/b": cached}, dead)
    empty.mkdir()
    assert dangling([whole, dead, empty]) == []
    cached.unlink()
    assert dangling([whole, dead, empty]) == [dead]
