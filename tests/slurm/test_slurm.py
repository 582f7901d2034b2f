"""Builds whose jobs SLURM runs: the bytes of a local build, whatever happens to jobs and to the build."""

import os
import re
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from graph.killing import Command, jobs_at_work
from graph.project import RESULTS, STUDY, copy_project, edit, plan, snakemake
from graph.results import digests
from linked_project import PARTS, linked_project
from slurm.queue import OPTIONS, Queued, jobs_held_back, queue, script_of, wait_for
from slurm.two_nodes import TwoNodes, slurm

pytestmark = pytest.mark.slow
MODEL = "models/grpo_hard"
TRAIN = f"snakemake {RESULTS}/{MODEL}/metrics.jsonl --configfile {STUDY} --forcerun grpo {OPTIONS}"


@dataclass(frozen=True)
class Training:
    """A build that trains one model anew, its job, and that job's process, which is held still in the middle of it."""

    build: Command
    job: Queued
    process: int

    def go_on(self) -> None:
        os.kill(self.process, signal.SIGCONT)


def training(project: Path) -> Training:
    (project / RESULTS / MODEL / "model.json").unlink()
    (project / RESULTS / "logs" / f"{MODEL}.log").unlink()
    build = Command(project, TRAIN)
    job = wait_for(build, project, "grpo")
    process = script_of(job, "grpo")
    while not jobs_at_work(project, "GRPO", build.begin):
        assert build.runs, build.said()
        time.sleep(0.01)
    os.kill(process, signal.SIGSTOP)
    return Training(build, job, process)


def log_of(project: Path) -> str:
    return (project / RESULTS / "logs" / f"{MODEL}.log").read_text(encoding="utf-8")


def cancel(cut: Training) -> None:
    slurm("scancel", cut.job.number)
    cut.go_on()


def requeue(cut: Training) -> None:
    """As preemption by another job does. SLURM keeps such a job back for two minutes, which are not waited for."""
    slurm("scontrol", "requeue", cut.job.number)
    cut.go_on()
    while "Reason=BeginTime" not in slurm("scontrol", "show", "job", cut.job.number):
        time.sleep(0.1)
    slurm("scontrol", "update", f"JobId={cut.job.number}", "StartTime=now")


def pass_the_time_limit(cut: Training) -> None:
    """SLURM looks at limits every half minute, and wakes what it tells to end. Of two minutes at least one is left."""
    (run,) = re.findall(r"RunTime=00:(\d\d):", slurm("scontrol", "show", "job", cut.job.number))
    slurm("scontrol", "update", f"JobId={cut.job.number}", f"TimeLimit={int(run) + 2}")
    end = time.monotonic() + 600
    while Path(f"/proc/{cut.process}").exists():
        assert time.monotonic() < end, "SLURM sent no signal"
        time.sleep(0.1)


def test_a_build_from_nothing_is_that_of_one_machine(finished: Path, cluster: TwoNodes, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    target = str(RESULTS / "eval/grpo_hard/pocket30.json")
    command = Command(project, f"snakemake {target} --configfile {STUDY} {OPTIONS}")
    job = wait_for(command, project, "pretrain")
    assert re.fullmatch(r"gradus-ci_[0-9a-f-]{36}", job.name)
    assert job.comment == "rule_pretrain_wildcards_base"
    assert command.code() == 0, command.said()
    made, whole = digests(project), digests(finished)
    assert (project / target).is_file()
    assert {path for path in made if made[path] != whole.get(path)} == set()
    assert "Nothing to be done" in snakemake(project, target, "--configfile", STUDY, "--dry-run")
    assert queue(project) == []
    submitted = re.findall(r"submitted with SLURM jobid (\d+)", command.said())
    assert len(submitted) == 12  # all but the two that only judge a set


@pytest.mark.parametrize("interrupt", [cancel, requeue, pass_the_time_limit])
def test_a_training_goes_on_where_it_was(
    project: Path, finished: Path, cluster: TwoNodes, interrupt: Callable[[Training], None]
) -> None:
    cut = training(project)
    interrupt(cut)
    assert cut.build.code() == 0, cut.build.said()
    (resumed,) = re.findall(r"^resumes after step (\d+) of", log_of(project), re.MULTILINE)
    # The build sees a job fail, and shows its log, but where SLURM itself begins the job again.
    stopped = re.findall(r"stopped by SIGTERM at step (\d+) of", cut.build.said())
    assert set(stopped) == (set() if interrupt is requeue else {resumed})
    assert digests(project) == digests(finished)


def test_a_build_that_is_interrupted_ends_its_jobs(project: Path, cluster: TwoNodes) -> None:
    cut = training(project)
    cut.build.interrupt()
    while slurm("squeue", "--noheader", "--states=RUNNING", "--jobs", cut.job.number):
        assert cut.build.runs, cut.build.said()
        time.sleep(0.1)
    cut.go_on()
    assert cut.build.code() != 0
    assert "stopped by SIGTERM at step" in log_of(project)


def test_jobs_that_outlive_their_build_are_not_doubled(project: Path, finished: Path, cluster: TwoNodes) -> None:
    cut = training(project)
    cut.build.kill()
    number = cut.job.number
    again = Command(project, f"snakemake --unlock --configfile {STUDY} && {TRAIN}")
    assert again.code() != 0
    (line,) = [line for line in again.said().splitlines() if line.startswith("error: ")]
    assert line == (
        f"error: jobs of an earlier build are still in SLURM's queue: {number} rule_grpo_wildcards_grpo_hard "
        f"(RUNNING); end them, which keeps what they have done, and run snakemake again: scancel {number}"
    )
    assert [left.number for left in queue(project)] == [number]
    cancel(cut)
    while queue(project):
        time.sleep(0.1)
    last = Command(project, TRAIN)
    assert last.code() == 0, last.said()
    assert "resumes after step" in log_of(project)
    assert digests(project) == digests(finished)


def test_an_edited_study_does_not_reach_jobs_that_wait(project: Path, finished: Path, cluster: TwoNodes) -> None:
    study = project / STUDY
    planned = study.read_text(encoding="utf-8")
    with jobs_held_back():
        (project / RESULTS / MODEL / "model.json").unlink()
        command = Command(project, TRAIN)
        wait_for(command, project, "grpo", "PENDING")
        edit(study, "  grpo_hard_continued: {", "  grpo_hard: {from: sft_custom}\n  grpo_hard_continued: {")
    assert command.code() == 0, command.said()
    study.write_text(planned, encoding="utf-8")
    assert digests(project) == digests(finished)
    assert plan(project) == {"ledger", "report"}


def test_jobs_get_gpus_of_their_own(project: Path, cluster: TwoNodes) -> None:
    models = [f"{RESULTS}/models/{name}/metrics.jsonl" for name in ("base", "teacher")]
    logs = [project / RESULTS / f"logs/models/{name}.log" for name in ("base", "teacher")]
    options = f"--configfile {STUDY} --forcerun pretrain --set-resources pretrain:gpu=1 {OPTIONS}"
    for log in logs:
        log.unlink()
    command = Command(project, f"snakemake {' '.join(models)} {options}")
    wait_for(command, project, "pretrain_wildcards_base")
    wait_for(command, project, "pretrain_wildcards_teacher")
    jobs = queue(project)
    while not all(log.is_file() and "allocation" in log.read_text(encoding="utf-8") for log in logs):
        assert command.runs, command.said()
        time.sleep(0.1)
    asked = [slurm("scontrol", "show", "job", job.number) for job in jobs]
    command.kill()
    slurm("scancel", *(job.number for job in jobs))
    said = [re.findall(r"^GPU (.*) of SLURM's allocation$", log.read_text(encoding="utf-8"), re.M) for log in logs]
    assert sorted(said) == [["0"], ["1"]]
    assert all("TresPerJob=gres:gpu:1\n" in one for one in asked)


WORKFLOW = """
rule meet:
    output: "met.txt"
    resources:
        gpu=2, nodes=2, mpi="srun", tasks=2, tasks_per_gpu=0, mem_mb=2000, runtime=10,
        slurm_extra="--gpus-per-node=1 --signal=TERM@120"
    shell:
        "srun --ntasks=2 --ntasks-per-node=1 {python} -m torch.distributed.run --nnodes=2 --nproc-per-node=1"
        " --rdzv-backend=c10d --rdzv-id=$SLURM_JOB_ID --rdzv-endpoint=$(hostname):29517 meet.py {{output}}"
"""
SCRIPT = """
import os, sys, torch
from torch import distributed
distributed.init_process_group("gloo")
here = [os.environ[name] for name in ("SLURMD_NODENAME", "CUDA_VISIBLE_DEVICES", "RANK")]
everyone = [None, None]
distributed.all_gather_object(everyone, here)
if distributed.get_rank() == 0:
    open(sys.argv[1], "w").write(repr(sorted(everyone)))
"""


def test_two_nodes_train_together(tmp_path: Path, cluster: TwoNodes) -> None:
    """A rule of its own, as no rule of ours takes more than one node: what the profile and SLURM have to do for one."""
    linked_project(tmp_path, *set(PARTS) - {"profiles"})
    (tmp_path / "Snakefile").write_text(WORKFLOW.format(python=sys.executable), encoding="utf-8")
    (tmp_path / "meet.py").write_text(SCRIPT, encoding="utf-8")
    command = Command(tmp_path, f"snakemake met.txt {OPTIONS}")
    assert command.code() == 0, command.said()
    met = (tmp_path / "met.txt").read_text(encoding="utf-8")
    assert met in ("[['n1', '0', '0'], ['n2', '0', '1']]", "[['n1', '0', '1'], ['n2', '0', '0']]")


def test_a_job_that_fails_says_where_it_tells_why(project: Path, cluster: TwoNodes) -> None:
    samples, weights = RESULTS / "samples/baseline/pocket30.parquet", RESULTS / "models/base/model.safetensors"
    options = f"--configfile {STUDY} --forcerun sample_benchmark --retries 0 {OPTIONS}"
    with jobs_held_back():
        command = Command(project, f"snakemake {samples} {options}")
        wait_for(command, project, "sample_benchmark", "PENDING")
        (project / weights).write_bytes(b"damaged")
    assert command.code() != 0
    said = command.said()
    assert f"error: {weights}" in said  # of the job's own log, which show-failed-logs shows
    assert f"{RESULTS}/logs/samples/baseline/pocket30.log (check log file(s) for error details)" in said
    (log,) = re.findall(r"^\s*log: .*?(/\S*/slurm_logs/rule_sample_benchmark/\S+\.log) \(check log", said, re.MULTILINE)
    assert f"error: {weights}" in Path(log).read_text(encoding="utf-8")
