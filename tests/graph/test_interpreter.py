"""Which Python runs the jobs: that of Snakemake, however it was started, or that of a conda environment."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake_interface_executor_plugins.settings import DeploymentMethod

from gradus.graph.command import job_shell
from graph.project import RESULTS, STUDY, copy_project, environment

TARGET = str(RESULTS / "problems/train.parquet")


def test_jobs_run_by_the_python_that_runs_snakemake(tmp_path: Path) -> None:
    """Without activation, from a folder whose name the shell and Snakemake would take apart, past another `python`."""
    project = copy_project(tmp_path / "project")
    place = tmp_path / "it's an {environment}"
    venv.create(place, symlinks=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(place)})
    Path(packages, "all.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    other = tmp_path / "other/python"
    other.parent.mkdir()
    other.write_text('#!/bin/sh\necho "the other python ran $@" >&2\nexit 3\n', encoding="utf-8")
    other.chmod(0o755)
    done = subprocess.run(
        [place / "bin/python", "-m", "snakemake", TARGET, "--configfile", STUDY],
        cwd=project,
        env=environment(PATH=f"{other.parent}{os.pathsep}/usr/bin:/bin"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert (project / TARGET).is_file()


@pytest.mark.parametrize("methods", [set(), {DeploymentMethod.CONDA}])
def test_a_conda_environment_has_its_own_python(methods: set[DeploymentMethod]) -> None:
    workflow = SimpleNamespace(deployment_settings=SimpleNamespace(deployment_method=methods))
    asked = job_shell(workflow).format() + 'python -c "import sys; print(sys.executable)"'
    environment = {"PATH": "/nowhere"}
    said = subprocess.run(["/bin/bash", "-c", asked], env=environment, capture_output=True, text=True, check=False)
    assert said.stdout.strip() == ("" if methods else sys.executable)
