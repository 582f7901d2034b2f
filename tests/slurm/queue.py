"""Jobs in SLURM's queue, as tests wait for them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graph.killing import Command
from slurm.two_nodes import slurm

OPTIONS = "--workflow-profile profiles/slurm --slurm-init-seconds-before-status-checks 2 --latency-wait 5"


@dataclass(frozen=True)
class Queued:
    """One line of squeue."""

    number: str
    state: str
    name: str
    comment: str


def queue(folder: Path) -> list[Queued]:
    """The jobs that run in a folder or wait to."""
    lines = slurm("squeue", "--noheader", "--format=%i|%T|%j|%k|%Z").splitlines()
    rows = [line.split("|") for line in lines]
    return [Queued(*row[:3], row[3].strip()) for row in rows if row[4] == str(folder)]


def wait_for(command: Command, folder: Path, rule: str, state: str = "RUNNING") -> Queued:
    """The first job of a rule that a build has in this state."""
    while command.runs:
        for job in queue(folder):
            if job.comment.startswith(f"rule_{rule}") and job.state == state:
                return job
        time.sleep(0.1)
    raise AssertionError(f"no job of {rule} was {state} before the build ended\n{command.said()}")


@contextmanager
def jobs_held_back() -> Iterator[None]:
    """No job of the default partition begins."""
    slurm("scontrol", "update", "PartitionName=cpu", "State=DOWN")
    try:
        yield
    finally:
        slurm("scontrol", "update", "PartitionName=cpu", "State=UP")


def script_of(job: Queued, stage: str) -> int:
    """The process that does the work of a running job, once it has begun."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        for line in slurm("scontrol", "listpids", job.number, check=False).splitlines()[1:]:
            arguments = Path("/proc", line.split()[0], "cmdline")
            if arguments.is_file() and arguments.read_bytes().split(b"\0")[1:2] == [f"scripts/{stage}.py".encode()]:
                return int(line.split()[0])
        time.sleep(0.1)
    raise AssertionError(f"job {job.number} runs no script of {stage}")
