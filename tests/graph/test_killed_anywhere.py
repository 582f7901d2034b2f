"""A build that is killed, wherever it is, goes on where it was, and ends in the bytes of one that was not."""

import random
import re
import time
from pathlib import Path

import pytest

from graph.killing import Command, jobs_at_work, kill_during, remedy, resumed
from graph.project import RESULTS, STUDY, copy_project, plan, snakemake
from graph.results import digests

ALL = f"snakemake all --configfile {STUDY}"
PART = [RESULTS / f"eval/{name}/pocket30.json" for name in ("sft_packed_full", "grpo_hard")]
"""What takes every stage once."""
STAGES = {"pretraining", "completions", "SFT", "GRPO", "sampling"}


def finish(project: Path, command: str) -> None:
    last = Command(project, command)
    assert last.code() == 0, last.said()


def test_a_training_that_is_killed_resumes_after_its_last_step(project: Path, finished: Path) -> None:
    (project / RESULTS / "models/grpo_hard/model.json").unlink()
    options = f"--configfile {STUDY} --forcerun grpo"
    command = f"snakemake {RESULTS}/models/grpo_hard/metrics.jsonl {options}"
    cut = kill_during(project, ["GRPO"], Command(project, command), random.Random(0))
    assert cut == {("GRPO", "models/grpo_hard")}
    told = remedy(project, ALL)
    assert told == f"snakemake --unlock {options} && {command}"
    finish(project, told)
    assert resumed(project) == {"models/grpo_hard"}
    assert digests(project) == digests(finished)
    # The same bytes again: only the ledger has news.
    assert plan(project) == {"ledger", "report"}


def test_a_build_that_is_interrupted_saves_the_step_at_hand_and_needs_no_remedy(project: Path, finished: Path) -> None:
    (project / RESULTS / "models/grpo_hard/model.json").unlink()
    target = f"snakemake {RESULTS}/models/grpo_hard/metrics.jsonl --configfile {STUDY}"
    build = Command(project, f"{target} --forcerun grpo")
    while not jobs_at_work(project, "GRPO", build.begin):
        assert build.runs, build.said()
        time.sleep(0.01)
    build.interrupt()
    assert build.code() != 0
    (stopped,) = re.findall(r"^models/grpo_hard  stopped by SIGINT at step (\d+) of \d+;", build.said(), re.MULTILINE)
    again = Command(project, target)
    assert again.code() == 0, again.said()
    assert f"models/grpo_hard  resumes after step {stopped} of" in again.said()
    assert digests(project) == digests(finished)


@pytest.mark.slow
def test_a_kill_in_every_stage_leaves_no_trace(finished: Path, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    rng = random.Random(0)
    cut: set[tuple[str, str]] = set()
    build = command = f"snakemake {' '.join(map(str, PART))} --configfile {STUDY}"
    while wanted := STAGES - {stage for stage, _ in cut}:
        # Stages run side by side: whichever comes first of those that have not had theirs.
        cut |= kill_during(project, sorted(wanted), Command(project, command), rng)
        command = remedy(project, build)
        assert command == f"snakemake --unlock --configfile {STUDY} && {build}"
    finish(project, command)
    made, whole = digests(project), digests(finished)
    assert {path.relative_to(RESULTS).as_posix() for path in PART} <= made.keys()
    assert {path for path in made if made[path] != whole.get(path)} == set()
    assert list((project / RESULTS / ".state").iterdir()) == []
    assert {job for _, job in cut if job.startswith("models/")} <= resumed(project)
    assert "Nothing to be done" in snakemake(project, *map(str, PART), "--configfile", STUDY, "--dry-run")
