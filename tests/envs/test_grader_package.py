"""The grader as a package: built, installed where nothing else is, and used as its README says."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from envs.requirements import ROOT

pytestmark = pytest.mark.slow

README = (ROOT / "scripts/gradus/grading/README.md").read_text(encoding="utf-8")


def run(*command: object, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment or None,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def block(language: str, holding: str) -> str:
    """The code of the README in this language that holds a text."""
    (found,) = [code for code in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if holding in code]
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    # From a copy: setuptools writes beside the sources.
    source = out / "source"
    run("git", "clone", "--quiet", ROOT, source, folder=out)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", out, source, folder=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """The commands of an environment that has the package and what it depends on."""
    folder = tmp_path_factory.mktemp("bare")
    run(sys.executable, "-m", "venv", folder / "venv", folder=folder)
    run(folder / "venv/bin/python", "-m", "pip", "install", "--quiet", wheel, folder=folder)
    return folder / "venv/bin"


def test_the_wheel_has_the_grader_with_its_policy_and_no_other_room(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = [name for name in archive.namelist() if ".dist-info/" not in name]
    assert {name.split("/")[1] for name in files if "/" in name} <= {"grading", "provenance", "__init__.py"}
    assert {"gradus/grading/POLICY.md", "gradus/grading/EXTRACTION.md", "gradus/grading/verdict.py"} <= set(files)


def test_the_readme_runs_as_written(bare: Path, tmp_path: Path) -> None:
    installed = run(bare / "python", "-m", "pip", "list", "--format=freeze", folder=tmp_path)
    assert {line.split("==")[0] for line in installed.split()} <= {
        "gradus-grade",
        "sympy",
        "mpmath",
        "tqdm",
        "pip",
        "setuptools",
    }
    code = block("python", "grade(")
    assert run(bare / "python", "-c", code, folder=tmp_path).strip() == code.rpartition("# ")[2].strip()
    shell = run("bash", "-euc", block("sh", "gradus-grade "), folder=tmp_path, PATH=f"{bare}:/usr/bin:/bin")
    assert shell.startswith("2 right, 0 wrong")


def test_what_needs_a_worker_is_decided_too(bare: Path, tmp_path: Path) -> None:
    code = r"""
from gradus.grading.verdict import grade

verdict = grade(r"\boxed{\sqrt[n]{2x+2}}", r"(2x+2)^{\frac{1}{n}}")
print(verdict.layer, verdict.correct)
"""
    assert run(bare / "python", "-c", code, folder=tmp_path) == "symbolic True\n"
