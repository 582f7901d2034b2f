"""Files held by a process until it ends."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradus.provenance.locks import NoLocks, Taken, hold, is_free, one_at_a_time, release, release_all

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
HOLD = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from gradus.provenance.locks import hold
hold(Path(sys.argv[2]))
print("holds", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _end() -> Iterator[None]:
    yield
    release_all()


def test_a_file_is_held_once_until_it_is_released(tmp_path: Path) -> None:
    file = hold(tmp_path / "a")
    assert not is_free(tmp_path / "a")
    with pytest.raises(Taken):
        hold(tmp_path / "a")
    hold(tmp_path / "b")
    release(file)
    assert is_free(tmp_path / "a")
    hold(tmp_path / "a")


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-S", "-c", HOLD, str(SCRIPTS), str(tmp_path / "a")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holds\n"
        with pytest.raises(Taken):
            hold(tmp_path / "a")
        process.send_signal(signal.SIGKILL)
        process.wait()
        hold(tmp_path / "a")


def test_what_is_in_a_held_file_stays(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("said before", encoding="utf-8")
    hold(tmp_path / "a")
    assert (tmp_path / "a").read_text(encoding="utf-8") == "said before"


def test_a_file_system_without_locks_is_no_lock_that_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    (tmp_path / "a").touch()
    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(NoLocks, match="No locks available"):
        hold(tmp_path / "a")
    with pytest.raises(NoLocks), one_at_a_time(tmp_path / "a"):
        pass
    assert not is_free(tmp_path / "a")
