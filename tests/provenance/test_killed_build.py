"""A lock that a killed build left behind is explained; one of a living build is left alone."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from gradus.provenance.killed_build import BUILDER_FILE, note_builder, remedy_for_killed_run

SAID = "The last build was killed. Nothing is lost; resume it with: "
SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
BUILD = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from pathlib import Path
from gradus.provenance.killed_build import note_builder
note_builder(Path(sys.argv.pop(1)))
print("builds", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "0.input.lock").touch()
    return tmp_path


def builder(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A process that builds as `snakemake *arguments` until it is killed."""
    command = [sys.executable, "-S", "-c", BUILD, str(SCRIPTS), str(folder), *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "builds\n"
    return process


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["all"], "snakemake --unlock && snakemake all"),
        ([], "snakemake --unlock && snakemake"),
        (
            ["all", "--configfile", "config/my study.yaml", "--config", "seed=1"],
            "snakemake --unlock --configfile 'config/my study.yaml' --config seed=1"
            " && snakemake all --configfile 'config/my study.yaml' --config seed=1",
        ),
    ],
)
def test_a_killed_builder_gives_the_remedy(locked: Path, arguments: list[str], remedy: str) -> None:
    with builder(locked, "a", "longer", "command", "before") as process:
        process.kill()
    with builder(locked, *arguments) as process:
        assert remedy_for_killed_run(locked) is None
        process.kill()
    assert remedy_for_killed_run(locked) == SAID + remedy


def test_a_living_builder_gives_none(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["snakemake", "all"])
    note_builder(locked)
    assert remedy_for_killed_run(locked) is None


def test_a_second_builder_leaves_the_first_ones_note(locked: Path) -> None:
    with builder(locked, "all") as first:
        with builder(locked, "--nolock") as second:
            second.kill()
        assert (locked / BUILDER_FILE).read_text(encoding="utf-8") == "all"
        assert remedy_for_killed_run(locked) is None
        first.kill()


def test_a_file_system_without_locks_gives_none(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: object, operation: int) -> None:
        raise OSError("no locks available")

    (locked / BUILDER_FILE).write_text("all", encoding="utf-8")
    monkeypatch.setattr(fcntl, "flock", refuse)
    note_builder(locked)
    assert remedy_for_killed_run(locked) is None


def test_without_a_lock_or_a_builder_there_is_nothing_to_say(locked: Path) -> None:
    assert remedy_for_killed_run(locked) is None
    with builder(locked, "all") as process:
        process.kill()
    (locked / "locks" / "0.input.lock").unlink()
    assert remedy_for_killed_run(locked) is None
