"""Environments beside the one that builds: where they are looked for, and what planning says where one is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradus.provenance import environments
from gradus.provenance.environments import Environment, enter_environment
from gradus.provenance.errors import GradusError

MADE = Environment(("not_here", "yaml"), "GRADUS_MADE_PYTHON", (".venv-gpu", ".venv-made"), "make made")
HERE = Environment(("yaml", "jinja2"), "X", (".x",), "make x")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "PROJECT", tmp_path)
    monkeypatch.setattr(environments, "GPU_DEVICES", ())
    monkeypatch.delenv("GRADUS_MADE_PYTHON", raising=False)


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_environment_that_runs_is_kept() -> None:
    assert HERE.python == sys.executable
    HERE.expect()
    HERE.enter()


def test_modules_that_need_no_other_environment_stay() -> None:
    enter_environment(["gradus.sampling.torch.sampler", "gradus.problems.sources.pocket"], None)


def test_an_environment_is_looked_for_in_the_project_or_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MADE.python == str(tmp_path / ".venv-made/bin/python")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADUS_MADE_PYTHON", "elsewhere/python")
    assert MADE.python == str(tmp_path / "elsewhere/python")


@pytest.mark.parametrize(
    ("there", "visible", "gpu", "found"),
    [
        ([".venv-gpu", ".venv-made"], None, True, ".venv-gpu"),
        ([".venv-gpu", ".venv-made"], "0", True, ".venv-gpu"),
        ([".venv-gpu", ".venv-made"], "", True, ".venv-made"),
        ([".venv-gpu", ".venv-made"], "-1", True, ".venv-made"),
        ([".venv-gpu", ".venv-made"], None, False, ".venv-made"),
        ([".venv-made"], None, True, ".venv-made"),
        ([".venv-gpu"], None, False, ".venv-gpu"),
        ([], None, True, ".venv-gpu"),
        ([], None, False, ".venv-made"),
    ],
)
def test_of_several_environments_the_one_for_the_gpu_counts_where_there_is_one(
    there: list[str], visible: str | None, gpu: bool, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in there:
        program(tmp_path / folder / "bin/python", "")
    monkeypatch.setattr(environments, "GPU_DEVICES", ("/dev/none", "/dev/null") if gpu else ("/dev/none",))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert MADE.python == str(tmp_path / found / "bin/python")


def test_planning_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=r"\.venv-made/bin/python.*make made.*GRADUS_MADE_PYTHON"):
        MADE.expect()
    python = tmp_path / ".venv-made/bin/python"
    program(python, "#!/bin/sh\necho broken >&2; exit 3\n")
    with pytest.raises(GradusError, match=r"does not run as a Python \(broken"):
        MADE.expect()
    program(python, f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    with pytest.raises(GradusError, match="has no package not_here; "):
        MADE.expect()
    program(python, "#!/bin/sh\necho 3 7\n")
    with pytest.raises(GradusError, match=r"is Python 3\.7, jobs need 3\.11 or later"):
        MADE.expect()


def test_a_job_goes_on_with_its_arguments_in_the_same_process(tmp_path: Path) -> None:
    program(tmp_path / "python", '#!/bin/sh\n[ "$1" = -c ] && echo 3 11 || echo other $$ "$@"\n')
    folder = tmp_path / "needy"
    folder.mkdir()
    (folder / "capabilities.py").write_text(
        "from types import SimpleNamespace\n"
        "from gradus.provenance.environments import Environment\n"
        "MADE = Environment(('not_here',), 'GRADUS_MADE_PYTHON', ('',), '', lambda settings: settings == 'vllm')\n"
        "CAPABILITIES = SimpleNamespace(environment=MADE)\n",
        encoding="utf-8",
    )
    script = tmp_path / "job.py"
    script.write_text(
        "import os, sys\n"
        f"sys.path[:0] = [{str(Path('scripts').resolve())!r}, {str(tmp_path)!r}]\n"
        "from gradus.provenance.environments import enter_environment\n"
        "print(os.getpid(), flush=True)\n"
        "enter_environment(['needy.sampler'], 'torch')\n"
        "print('still', flush=True)\n"
        "enter_environment(['needy.sampler'], 'vllm')\n",
        encoding="utf-8",
    )
    environment = os.environ | {"GRADUS_MADE_PYTHON": str(tmp_path / "python")}
    command = [sys.executable, str(script), "spec.json", "--out", "file"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert said[1:] == ["still", "other", said[0], str(script), "spec.json", "--out", "file"]
