"""Builds that are killed, and the remedy that the next command gives."""

import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Collection
from pathlib import Path

from graph.project import RESULTS, environment

REMEDY = re.compile(r"^The last build was killed\. Nothing is lost; resume it with: (.+)$", re.MULTILINE)
RESUMED = re.compile(r"^(models/\w+)  resumes after step \d+ of \d+$", re.MULTILINE)
MOST_SECONDS = 3600
# Whose state says that a stage is at work, and the longest wait from there to the kill: SFT and GRPO have few steps.
STAGES = {
    "pretraining": ("models.base-*", "models.teacher-*"),
    "completions": ("traces.*",),
    "SFT": ("models.sft_*",),
    "GRPO": ("models.direct_rl-*", "models.grpo_*", "models.dapo-*", "models.random_reward-*"),
    "sampling": ("samples.*",),
}
MOST_WAIT = {"pretraining": 2.0, "completions": 1.5, "SFT": 0.05, "GRPO": 0.05, "sampling": 1.5}


_started: list["Command"] = []


def kill_all() -> None:
    """Of the commands so far those that are still there, as where a test failed."""
    while _started:
        command = _started.pop()
        if command.is_there:
            command.kill()


class Command:
    """A shell command whose process tree can be killed as a whole; what it says goes to a file."""

    def __init__(self, project: Path, command: str) -> None:
        self._file = project / f"said.{time.time_ns()}.txt"
        self.begin = time.time()
        with open(self._file, "w", encoding="utf-8") as said:
            self._process = subprocess.Popen(
                ["bash", "-c", command],
                cwd=project,
                env=environment(),
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _started.append(self)

    @property
    def is_there(self) -> bool:
        return self._process.poll() is None

    @property
    def runs(self) -> bool:
        return self.is_there and time.time() < self.begin + MOST_SECONDS

    def said(self) -> str:
        return self._file.read_text(encoding="utf-8")

    def freeze(self) -> None:
        os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self._process.pid, signal.SIGCONT)

    def interrupt(self) -> None:
        """As Ctrl-C in a terminal, which reaches all processes."""
        os.killpg(self._process.pid, signal.SIGINT)

    def kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def code(self) -> int:
        """Wait for the end."""
        return self._process.wait(timeout=MOST_SECONDS)


def kill_during(project: Path, stages: Collection[str], build: Command, rng: random.Random) -> set[tuple[str, str]]:
    """Kill a build at some moment while one of the stages has something to resume.

    Returns the stage and name of every job that was cut short while it had, of other stages too.
    """
    while build.runs:
        found = [stage for stage in stages if jobs_at_work(project, stage, build.begin)]
        if not found:
            time.sleep(0.01)
            continue
        time.sleep(rng.uniform(0, MOST_WAIT[found[0]]))
        # What is quick may have ended in the meantime: nothing moves while we look.
        build.freeze()
        if any(jobs_at_work(project, stage, build.begin) for stage in stages):
            build.kill()
            return {(stage, job) for stage in STAGES for job in jobs_at_work(project, stage, build.begin)}
        build.thaw()
    raise AssertionError(f"the build ended before {', '.join(stages)} had something to resume\n{build.said()}")


def jobs_at_work(project: Path, stage: str, begin: float) -> set[str]:
    """Jobs of the stage that began since, are not done and, where they train, have saved state."""
    jobs = set()
    for folder in (path for pattern in STAGES[stage] for path in (project / RESULTS / ".state").glob(pattern)):
        name = folder.name.rsplit("-", 1)[0].replace(".", "/")
        try:
            began = (folder / "attempts.json").stat().st_mtime >= begin
        except FileNotFoundError:
            continue  # made or removed at this very moment
        if began and (not name.startswith("models/") or (folder / "state.safetensors").is_file()):
            jobs.add(name)
    return jobs


def remedy(project: Path, command: str) -> str:
    """What the next command says to type. It may not have built anything itself."""
    refused = Command(project, command)
    assert refused.code() != 0
    lines = REMEDY.findall(refused.said())
    assert len(lines) == 1, refused.said()
    return lines[0]


def resumed(project: Path) -> set[str]:
    """Trainings that any of the commands so far resumed in their middle."""
    return {name for file in project.glob("said.*.txt") for name in RESUMED.findall(file.read_text(encoding="utf-8"))}
