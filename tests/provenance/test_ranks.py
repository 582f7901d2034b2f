"""Jobs of two processes by torchrun and gloo: they end together, whichever of them is killed or asked to end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gradus.provenance import ranks, stop_signals

pytestmark = pytest.mark.slow
JOB = Path(__file__).with_name("ranks") / "job.py"
FOREVER = 100_000


@pytest.fixture
def ranked(tmp_path: Path) -> Iterator[Callable[[int], "RankedJob"]]:
    """Starts a job of so many steps, which ends with the test."""
    started: list[RankedJob] = []

    def start(steps: int) -> RankedJob:
        started.append(RankedJob(tmp_path, steps))
        return started[-1]

    yield start
    for job in started:
        with suppress(ProcessLookupError):
            os.killpg(job.process.pid, signal.SIGKILL)


class RankedJob:
    """The job's process, its launcher and the ranks."""

    def __init__(self, folder: Path, steps: int) -> None:
        self.folder = folder
        environment = os.environ | {"PYTHONPATH": str(ranks.SCRIPTS)}
        command = [sys.executable, str(JOB), str(folder), str(steps)]
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def rank(self, number: int) -> tuple[int, int]:
        """The process ids of a rank and of the launcher, once it has taken a step."""
        path = self.folder / f"rank{number}"
        while not (path.is_file() and path.read_text()):
            assert self.process.poll() is None, self.process.communicate()[0]
            time.sleep(0.05)
        mine, launcher = map(int, path.read_text().split())
        return mine, launcher

    def processes(self) -> list[int]:
        (first, launcher), (second, _) = self.rank(0), self.rank(1)
        return [launcher, first, second]

    def end(self) -> tuple[int, str]:
        said = self.process.communicate(timeout=600)[0]
        return self.process.returncode, said


def wait_until_gone(processes: list[int], seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while left := [process for process in processes if is_there(process)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def is_there(process: int) -> bool:
    """Whether a process is there and is no zombie that waits for an adoptive parent to look."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_ranks_work_together_and_end_well(ranked: Callable[[int], RankedJob]) -> None:
    code, said = ranked(3).end()
    assert code == 0, said
    assert said.endswith("sum 3\n")


@pytest.mark.parametrize("killed", ["job", "launcher", "rank"])
def test_whichever_is_killed_none_is_left(killed: str, ranked: Callable[[int], RankedJob]) -> None:
    job = ranked(FOREVER)
    launcher, first, second = job.processes()
    os.kill({"job": job.process.pid, "launcher": launcher, "rank": second}[killed], signal.SIGKILL)
    wait_until_gone([launcher, first, second])
    code, said = job.end()
    assert code == (-signal.SIGKILL if killed == "job" else 1)
    if killed != "job":
        assert "train.py: one of its 2 processes failed or was killed" in said


@pytest.mark.parametrize("group", [False, True])
def test_a_request_to_end_reaches_the_ranks_and_they_stop_at_one_step(
    group: bool, ranked: Callable[[int], RankedJob], tmp_path: Path
) -> None:
    """From the job to its launcher to the ranks, or to all of them at once, as Ctrl-C and SLURM do."""
    job = ranked(FOREVER)
    processes = job.processes()
    if group:
        os.killpg(job.process.pid, signal.SIGTERM)
    else:
        job.process.terminate()
    code, said = job.end()
    wait_until_gone(processes)
    assert code == 128 + signal.SIGTERM, said
    step = (tmp_path / "state").read_text()
    line = f"stopped by SIGTERM at step {step} of {FOREVER}; the next run goes on from there"
    assert said.splitlines().count(line) == 2, said  # the first rank's and the job's


def test_a_second_request_ends_all_at_once(ranked: Callable[[int], RankedJob]) -> None:
    job = ranked(FOREVER)
    processes = job.processes()
    os.kill(processes[1], signal.SIGSTOP)  # it never gets to the end of its step
    job.process.terminate()
    assert job.process.stdout is not None
    while "a second signal ends it" not in job.process.stdout.readline():
        assert job.process.poll() is None
    time.sleep(stop_signals.SAME_REQUEST_SECONDS + 0.5)
    assert job.process.poll() is None
    job.process.terminate()
    assert job.end()[0] == -signal.SIGTERM
    wait_until_gone(processes)
