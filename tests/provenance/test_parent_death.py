"""Processes that end with the one that started them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from gradus.graph.command import job_shell
from gradus.provenance import parent_death
from gradus.provenance.parent_death import BUILDER

SCRIPTS = Path(parent_death.__file__).parents[2]
JOB = """
import os, time
from gradus.provenance.parent_death import end_with_builder
end_with_builder()
print(os.getpid(), flush=True)
time.sleep(600)
"""
SNAKEMAKE = "import subprocess, sys; subprocess.run(['bash', '-c', sys.argv[1]])"


def variables(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != BUILDER} | {"PYTHONPATH": str(SCRIPTS)} | more


def ends(process: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while Path(f"/proc/{process}").exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_job_ends_with_the_snakemake_that_runs_it_and_not_with_a_users_shell(by_hand: bool) -> None:
    workflow = SimpleNamespace(deployment_settings=SimpleNamespace(deployment_method=set()))
    prefix = f"{sys.executable}" if by_hand else f"{job_shell(workflow).format()} python"
    command = [sys.executable, "-c", SNAKEMAKE, f"{prefix} -c '{JOB}'"]
    snakemake = subprocess.Popen(command, env=variables(), stdout=subprocess.PIPE, text=True)
    assert snakemake.stdout is not None
    job = int(snakemake.stdout.readline())
    snakemake.kill()
    snakemake.wait()
    try:
        assert ends(job, 0.5 if by_hand else 60) is not by_hand
    finally:
        if by_hand:
            os.kill(job, signal.SIGKILL)
    snakemake.stdout.close()


def test_a_job_whose_snakemake_has_ended_before_it_began_ends_at_once() -> None:
    gone = subprocess.run(["sh", "-c", "echo $$"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    done = subprocess.run([sys.executable, "-c", JOB], env=variables(GRADUS_BUILDER=gone), timeout=300, check=False)
    assert done.returncode == -signal.SIGTERM


def test_a_snakemake_that_is_no_parent_is_none_of_the_jobs() -> None:
    """As in a container, or where a wrapper starts the job."""
    command = [sys.executable, "-c", JOB.replace("time.sleep(600)", "")]
    elsewhere = subprocess.Popen(["sleep", "600"])
    try:
        done = subprocess.run(command, env=variables(GRADUS_BUILDER=str(elsewhere.pid)), timeout=300, check=False)
    finally:
        elsewhere.kill()
        elsewhere.wait()
    assert done.returncode == 0
