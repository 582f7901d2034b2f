"""Environments beside the one that builds: where they are looked for, and what planning says where one is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradus.provenance import environments
from gradus.provenance.environments import Environment, enter, expect, python_of
from gradus.provenance.errors import GradusError


@pytest.fixture(autouse=True)
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One environment for a package that is not installed here."""
    entry = Environment("not_here", "GRADUS_MADE_PYTHON", ".venv-made", "make made")
    monkeypatch.setattr(environments, "ENVIRONMENTS", {"made": entry, "here": Environment("yaml", "X", ".x", "make x")})
    monkeypatch.setattr(environments, "PROJECT", tmp_path)
    monkeypatch.delenv("GRADUS_MADE_PYTHON", raising=False)


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def test_what_needs_no_other_environment_stays(tmp_path: Path) -> None:
    assert python_of("torch") == python_of("here") == sys.executable
    enter("torch")
    expect("here")


def test_an_environment_is_looked_for_in_the_project_or_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert python_of("made") == str(tmp_path / ".venv-made/bin/python")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADUS_MADE_PYTHON", "elsewhere/python")
    assert python_of("made") == str(tmp_path / "elsewhere/python")


def test_planning_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=r"\.venv-made/bin/python.*make made.*GRADUS_MADE_PYTHON"):
        expect("made")
    python = tmp_path / ".venv-made/bin/python"
    program(python, "#!/bin/sh\necho broken >&2; exit 3\n")
    with pytest.raises(GradusError, match=r"does not run as a Python \(broken"):
        expect("made")
    program(python, f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    with pytest.raises(GradusError, match="has no package not_here"):
        expect("made")
    program(python, "#!/bin/sh\necho 3 7 False\n")
    with pytest.raises(GradusError, match=r"is Python 3\.7, jobs need 3\.11 or later"):
        expect("made")


def test_a_job_goes_on_with_its_arguments_in_the_same_process(tmp_path: Path) -> None:
    program(tmp_path / "python", '#!/bin/sh\n[ "$1" = -c ] && echo 3 11 False || echo other $$ "$@"\n')
    script = tmp_path / "job.py"
    script.write_text(
        "import os, sys\n"
        f"sys.path.insert(0, {str(Path('scripts').resolve())!r})\n"
        "from gradus.provenance import environments\n"
        "environments.ENVIRONMENTS['vllm'] = environments.Environment('not_here', 'GRADUS_MADE_PYTHON', '', '')\n"
        "print(os.getpid(), flush=True)\n"
        "environments.enter('vllm')\n",
        encoding="utf-8",
    )
    environment = os.environ | {"GRADUS_MADE_PYTHON": str(tmp_path / "python")}
    command = [sys.executable, str(script), "spec.json", "--out", "file"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert said[1:] == ["other", said[0], str(script), "spec.json", "--out", "file"]
