"""Profiles say where jobs run; all else is the same in each."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from graph.project import environment
from linked_project import PROJECT, linked_project

WHERE = {"cores", "jobs", "executor", "resources", "default-resources", "retries", "latency-wait"}
PROFILES = sorted(path.parent.name for path in PROJECT.glob("profiles/*/config.yaml"))


def elsewhere_alike(profile: str) -> dict[str, Any]:
    settings = yaml.safe_load((PROJECT / "profiles" / profile / "config.yaml").read_text(encoding="utf-8"))
    return {key: value for key, value in settings.items() if key not in WHERE and not key.startswith("slurm-")}


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_are_alike_but_for_where_jobs_run(profile: str) -> None:
    assert {"default", "gpu", "slurm"} <= set(PROFILES)
    assert elsewhere_alike(profile) == elsewhere_alike("default")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_study_that_cannot_be_read_is_one_line(tmp_path: Path, profile: str) -> None:
    project = linked_project(tmp_path)
    command = ["snakemake", "-n", "--workflow-profile", f"profiles/{profile}", "--configfile", "nowhere.yaml"]
    done = subprocess.run(command, cwd=project, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    used, error = done.stderr.splitlines()
    assert used.startswith(f"Using workflow specific profile profiles/{profile} ")
    assert error == "error: nowhere.yaml: no such study file; config/ holds those that come with Gradus"
