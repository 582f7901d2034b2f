"""What SLURM says: how long its partitions let a job run, and which jobs of an earlier build it still has."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError

SECONDS_TO_ANSWER = 60

MOST_CHARACTERS, BUILD_CHARACTERS = 50, 37
"""Of a job's name before the number of its build, and of that number with what joins the two."""


@dataclass(frozen=True)
class Partitions:
    """minutes: the longest that each lets a job run, None without an end. gpus: those with GPUs. default: where jobs go
    that name none."""

    minutes: Mapping[str, int | None] = field(default_factory=dict)
    gpus: frozenset[str] = frozenset()
    default: str | None = None


def partitions() -> Partitions:
    """Raises GradusError where SLURM does not answer."""
    minutes, gpus, default = {}, set(), None
    for line in _ask("sinfo", "--noheader", "--format=%P|%l|%G").splitlines():
        name, longest, devices = line.split("|")
        if name.endswith("*"):
            name = default = name.removesuffix("*")
        minutes[name] = _minutes(longest)
        if re.search(r"\bgpu\b", devices):
            gpus.add(name)
    return Partitions(minutes, frozenset(gpus), default)


def named_jobs(settings: Any, study: str) -> str:
    """Have the executor name a study's jobs by it, unless the profile names them (`slurm-jobname-prefix`).

    Returns what comes before the executor's own number of the build, `_` and 36 characters.
    """
    settings.jobname_prefix = settings.jobname_prefix or f"gradus-{study}"[:MOST_CHARACTERS]
    return settings.jobname_prefix


def refuse_duplicates(name: str, folder: Path) -> None:
    """Raise GradusError if jobs of an earlier build are still there: this one would submit them once more beside them.

    name: what the study's jobs are named by; folder: where they run.
    """
    found = _ask("squeue", "--me", "--noheader", "--format=%i|%T|%j|%Z|%k")
    jobs = [line.split("|", 4) for line in found.splitlines()]
    left = [job for job in jobs if job[2][:-BUILD_CHARACTERS] == name and Path(job[3]).resolve() == folder.resolve()]
    if left:
        shown = ", ".join(f"{number} {comment.strip()} ({state})" for number, state, _, _, comment in left)
        raise GradusError(
            f"jobs of an earlier build are still in SLURM's queue: {shown}; end them, which keeps what they have done, "
            f"and run snakemake again: scancel {' '.join(job[0] for job in left)}"
        )


def _ask(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_TO_ANSWER, check=False)
    except FileNotFoundError:
        why = "no such command here"
    except subprocess.TimeoutExpired:
        why = f"no answer within {SECONDS_TO_ANSWER} seconds"
    else:
        if done.returncode == 0:
            return done.stdout
        why = " ".join(done.stderr.split())
    raise GradusError(
        f"SLURM does not answer: {command[0]}: {why}; run snakemake where sbatch works, or leave out "
        "--workflow-profile profiles/slurm"
    )


def _minutes(text: str) -> int | None:
    """Of SLURM's [days-][hours:]minutes:seconds."""
    days, _, clock = text.rpartition("-")
    if not clock.replace(":", "").isdigit():
        return None  # infinite
    hours, minutes, _ = ["0", "0", *clock.split(":")][-3:]
    return (int(days or 0) * 24 + int(hours)) * 60 + int(minutes)
