"""One build at a time in a folder of results, of one study file."""

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradus.graph.ownership import BUILDER_FILE, own
from gradus.provenance.errors import GradusError
from gradus.provenance.locks import release_all

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
BUILD = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from pathlib import Path
from gradus.graph.ownership import own
print(own(Path("results/one"), Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with two study files, one of which is a study of another name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["snakemake", "all", "--configfile", "one.yaml"])
    for name in ("one", "two"):
        Path(f"{name}.yaml").write_text(f"study: {name}\n", encoding="utf-8")
    yield tmp_path
    release_all()


def builder() -> subprocess.Popen[str]:
    """A process that builds until it is killed."""
    command = [sys.executable, "-c", BUILD, str(SCRIPTS), "one.yaml"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "None\n"
    return process


def test_a_second_build_is_told_of_the_first(folder: Path) -> None:
    results = folder / "results/one"
    with builder() as process:
        before = (results / BUILDER_FILE).read_bytes()
        with pytest.raises(GradusError) as caught:
            own(Path("results/one"), Path("one.yaml"))
        host = json.loads(before)["host"]
        assert str(caught.value) == (
            f"results/one: another build is at work there, `snakemake one.yaml` (process {process.pid} on {host}, "
            f"in {folder}); wait until it has ended"
        )
        assert (results / BUILDER_FILE).read_bytes() == before
        own(Path("results/two"), Path("two.yaml"))  # another study's
        process.send_signal(signal.SIGKILL)
    assert own(Path("results/one"), Path("one.yaml")) is None


def test_it_is_one_folder_however_it_is_reached(folder: Path) -> None:
    """Two checkouts that share their results."""
    (folder / "other").mkdir()
    with builder() as process:
        (folder / "other/results").symlink_to(folder / "results")
        with pytest.raises(GradusError, match="another build is at work there"):
            own(Path("other/results/one"), Path("one.yaml"))
        process.kill()


def test_two_study_files_of_one_name_are_refused(folder: Path) -> None:
    own(Path("results/one"), Path("one.yaml"))
    release_all()
    Path("copy.yaml").write_text("extends: one.yaml\n", encoding="utf-8")
    with pytest.raises(GradusError) as caught:
        own(Path("results/one"), Path("copy.yaml"))
    assert str(caught.value) == (
        f"results/one: holds the results of {folder}/one.yaml, which is named 'one' too; give one of the two a name of "
        "its own (study: NAME), or remove the file that is no longer needed"
    )
    own(Path("results/one"), Path("one.yaml"))
    release_all()
    own(Path("results/one"), folder / "one.yaml")  # named otherwise


@pytest.mark.parametrize("change", ["renamed", "another name", "unreadable"])
def test_a_study_file_that_has_no_claim_any_more_is_replaced(change: str) -> None:
    own(Path("results/one"), Path("one.yaml"))
    release_all()
    if change == "renamed":
        os.rename("one.yaml", "new.yaml")
    else:
        Path("new.yaml").write_text("study: one\n", encoding="utf-8")
        text = "study: another\n" if change == "another name" else "study: ["
        Path("one.yaml").write_text(text, encoding="utf-8")
    own(Path("results/one"), Path("new.yaml"))
    assert json.loads(Path("results/one", BUILDER_FILE).read_text(encoding="utf-8"))["study_file"].endswith("new.yaml")


def test_a_copy_of_the_results_is_nobodys_yet(folder: Path) -> None:
    own(Path("results/one"), Path("one.yaml"))
    release_all()
    os.makedirs("copy/results/one")
    note = Path("results/one", BUILDER_FILE).read_bytes()
    Path("copy/results/one", BUILDER_FILE).write_bytes(note)
    Path("copy/one.yaml").write_text("study: one\n", encoding="utf-8")
    own(Path("copy/results/one"), Path("copy/one.yaml"))


@pytest.mark.parametrize("torn", [b"", b'{"study_file": "/a', b"[]", b"\xff"])
def test_a_torn_note_claims_nothing(torn: bytes) -> None:
    Path("results/one").mkdir(parents=True)
    Path("results/one", BUILDER_FILE).write_bytes(torn)
    assert own(Path("results/one"), Path("one.yaml")) is None


def test_a_file_system_without_locks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: object, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert own(Path("results/one"), Path("one.yaml")) == (
        "results/one: this file system has no locks, so nothing stops a second build there (No locks available)"
    )
