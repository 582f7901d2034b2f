"""Requests above the limits of a profile end a build before its first job, and are told by a dry-run."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from snakemake.resources import Resource, Resources

from gradus.estimates.asked import Machine
from gradus.graph.profile_limits import ProfileLimits, job_name, requested
from gradus.provenance.devices import granted
from graph.project import RESULTS, STUDY, copy_project, environment


def job(name: str, **asked: Any) -> SimpleNamespace:
    """As Snakemake's; a function is called with the wildcards, as those of rules are."""
    rule = SimpleNamespace(name="sft", resources=Resources({key: Resource(key, value) for key, value in asked.items()}))
    spec = {"spec": f"results/x/specs/{name}.json"} if name else {}
    return SimpleNamespace(rule=rule, input=spec, wildcards=SimpleNamespace(model="a"), threads=1)


def limits(gpu: int | None = None, gpu_mem_mb: int | None = None, mem_mb: int | None = None) -> ProfileLimits:
    return ProfileLimits(gpu, gpu_mem_mb, mem_mb)


def test_the_memory_of_a_gpu_is_no_resource_that_jobs_share() -> None:
    given = {"gpu": 2, "gpu_mem_mb": 40_000, "gpu_hour_cents": 250}
    given = {name: Resource(name, value) for name, value in given.items()}
    workflow = SimpleNamespace(global_resources=Resources(given))
    found = ProfileLimits.take(workflow)
    assert found == ProfileLimits(2, 40_000, None, gpu_hour_cents=250)
    assert found.as_options() == "--gpu-mem-mb 40000 --gpus 2 --gpu-hour-cents 250"
    assert limits().as_options() == ""
    assert workflow.global_resources["gpu"].value == 2
    assert workflow.global_resources["gpu_mem_mb"].value is None
    assert workflow.global_resources["gpu_hour_cents"].value is None
    assert found.machine == Machine(gpu_bytes=40_000 * 10**6)
    assert limits().machine == Machine()
    assert limits(gpu=0).machine == Machine(has_gpu=False)


def test_a_request_is_what_the_job_asks_for_before_it_is_lowered() -> None:
    assert requested(job("models/a", gpu=lambda wildcards: len(wildcards.model)), "gpu") == 1
    assert requested(job("models/a", gpu=lambda wildcards, attempt: 2 * attempt), "gpu") == 2
    assert requested(job("models/a", gpu=4), "gpu") == 4
    assert requested(job("models/a"), "gpu") == 0
    assert [job_name(job("models/a")), job_name(job(""))] == ["models/a", "sft"]


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (limits(), []),
        (limits(gpu=4, gpu_mem_mb=70_000, mem_mb=9_000), []),
        (limits(gpu=0, gpu_mem_mb=1), []),  # all run on the CPU
        (limits(gpu=3), ["models/b asks for gpu=4, above the limit gpu=3 (number of GPUs): raise"]),
        (
            limits(gpu=1),
            ["models/b asks for gpu=4, above the limit gpu=1 (number of GPUs), as does one more job: raise"],
        ),
        (
            limits(gpu=4, gpu_mem_mb=69_999, mem_mb=8_999),
            [
                "models/b asks for gpu_mem_mb=70000, above the limit gpu_mem_mb=69999 (memory of a GPU): raise",
                "models/b asks for mem_mb=9000, above the limit mem_mb=8999 (memory of the machine): raise",
            ],
        ),
    ],
)
def test_a_line_tells_what_is_above_a_limit(limit: ProfileLimits, said: list[str]) -> None:
    jobs = [job("models/a", gpu=2, mem_mb=10), job("models/b", gpu=4, gpu_mem_mb=70_000, mem_mb=9_000), job("")]
    lines = limit.exceeded(jobs)
    assert len(lines) == len(said)
    assert all(line.startswith(start) for line, start in zip(lines, said, strict=True)), lines


def snakemake(
    project: Path, *arguments: str, target: str = "problems/train.parquet"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["snakemake", f"{RESULTS}/{target}", "--configfile", STUDY, "--quiet", "all", *arguments],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.slow
def test_a_build_is_refused_a_dry_run_tells_it_and_what_is_granted_is_noted(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    too_much = ("--resources", "gpu=2", "--set-resources", "make_problems:gpu=4")
    line = "problems/train asks for gpu=4, above the limit gpu=2 (number of GPUs): raise the limit among the"
    looked = snakemake(project, "--dry-run", *too_much)
    assert (looked.returncode, looked.stderr.count(line)) == (0, 1), looked.stderr
    refused = snakemake(project, *too_much)
    assert (refused.returncode, refused.stderr.count(f"error: {line}")) == (1, 1), refused.stderr
    assert not (project / RESULTS / "problems").exists()
    assert not list((project / ".snakemake").glob("locks/*"))
    built = snakemake(project, "--resources", "gpu=2", "--set-resources", "fetch_data:gpu=1", "make_problems:gpu=0")
    assert built.returncode == 0, built.stderr
    assert granted(project / RESULTS, "problems/train") == 0
    several = ("--config", "experiments={direct_rl: {network: transformers, gpus: 3}}", "--resources", "gpu=2")
    told = snakemake(project, "--dry-run", *several, target="models/direct_rl/model.json").stderr
    assert "models/direct_rl asks for gpu=3, above the limit gpu=2 (number of GPUs): raise" in told
