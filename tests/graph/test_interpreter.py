"""Which Python runs the jobs: that of Snakemake, however it was started, or that of a conda environment."""

import os
import re
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
from linked_project import PROJECT

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
        timeout=600,
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


@pytest.mark.parametrize("methods", [set(), {DeploymentMethod.CONDA}])
def test_a_signal_to_a_jobs_shell_reaches_its_python(methods: set[DeploymentMethod]) -> None:
    workflow = SimpleNamespace(deployment_settings=SimpleNamespace(deployment_method=methods))
    code = "import signal; signal.signal(15, lambda *_: exit(9)); print(1, flush=True); signal.pause()"
    command = f"{job_shell(workflow).format()} python -c '{code}' && echo not reached"
    process = subprocess.Popen(["/bin/bash", "-c", command], env=environment(), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    process.terminate()
    assert process.communicate(timeout=600)[0] == ""
    assert process.returncode == 9


def test_the_command_of_a_job_is_one_call_of_python() -> None:
    """It takes the place of the shell, so that nothing after it would run."""
    texts = (path.read_text(encoding="utf-8") for path in [PROJECT / "Snakefile", *(PROJECT / "rules").glob("*.smk")])
    commands = [command for text in texts for command in re.findall(r'shell:\n((?: +".*"\n)+)', text)]
    run = [command.strip() for command in commands if "python" in command]
    assert len(run) > 20
    assert [one for one in run if not re.fullmatch(r'"python (?!.*(python |;|&& )).*', one, re.DOTALL)] == []
