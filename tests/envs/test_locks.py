"""The locks are what pyproject.toml asks for, agree with each other, and hold what jobs load in their environments."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from envs.requirements import ENVS, LOCKS, ROOT, group, lock, normal, pins
from gradus.provenance.syntax import read_syntax
from write_conda_environment import conda_environment

SCRIPTS = ROOT / "scripts"
ROLLOUTS = (
    *("grpo.py", "gradus/training/torch/grpo.py", "gradus/training/torch/module/network.py"),
    "gradus/training/rollouts/vllm_colocate.py",
)
SERVER = "gradus/training/rollouts/vllm_server.py"
SAMPLES = ("sample_benchmark.py", "sample_traces.py", "sample_problems.py", "gradus/sampling/vllm/sampler.py")
LOADED = {
    "gpu": (*ROLLOUTS, SERVER, "gradus/training/trl/grpo.py", *SAMPLES),
    "vllm-cpu": (*ROLLOUTS, *SAMPLES),
}
"""What runs in an environment beside the one that builds: scripts, and modules that they load by name."""


def distributions(imports: set[str]) -> set[str]:
    """What has the packages that are imported; a package that is not here has the name of its distribution."""
    owners = packages_distributions()
    there = imports - sys.stdlib_module_names - {"gradus"}
    return {normal(owner) for name in there for owner in owners.get(name, [name])}


def imported(file: Path) -> set[str]:
    """The packages that a Python file imports, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def loaded(files: tuple[str, ...]) -> set[str]:
    """The distributions that these files of scripts/ import, and the project's files that they import."""
    todo, seen = {SCRIPTS / file for file in files}, set[Path]()
    names: set[str] = set()
    while todo:
        file = todo.pop()
        seen.add(file)
        names |= imported(file)
        for _, module, parts in read_syntax(file)[1]:
            paths = (SCRIPTS.joinpath(*name.split(".")) for name in (module, *(f"{module}.{part}" for part in parts)))
            found = (file for path in paths for file in (path.with_suffix(".py"), path / "__init__.py"))
            todo |= {file for file in found if file.is_file()} - seen
    return distributions(names)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_what_its_group_asks_for(name: str) -> None:
    locked = lock(name)
    wrong = [str(each) for each in group(name) if not each.specifier.contains(locked.get(normal(each.name), "0"))]
    assert wrong == []


def test_what_no_code_imports_says_who_needs_it() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    told = {normal(Requirement(each).name) for each in re.findall(r'^  "([^"]+)",  # ', text, re.MULTILINE)}
    asked = {normal(each.name) for name in LOCKS for each in group(name)}
    files = (file for folder in ("scripts", "tests") for file in (ROOT / folder).rglob("*.py"))
    assert asked - distributions({name for file in files for name in imported(file)}) - told == set()


@pytest.mark.parametrize("name", LOADED)
def test_an_environment_has_what_jobs_load_there_as_the_one_that_builds_has_it(name: str) -> None:
    """vLLM chooses the rest, numpy among it."""
    here, there = lock("gradus") | {"vllm": lock("gpu")["vllm"]}, lock(name)
    there["vllm"] = there.get("vllm") or there["vllm-cpu"]
    used = loaded(LOADED[name]) - {"numpy"}
    assert {"torch", "pydantic", "vllm"} <= used
    assert {each: there.get(each) for each in used} == {each: here[each] for each in used}


def test_the_gpu_has_all_that_the_environment_that_builds_has_but_its_tools() -> None:
    here, there = lock("gradus"), lock("gpu")
    asked = {normal(each.name) for each in group("gradus")}
    tools = {"ruff", "snakefmt", "snakemake-executor-plugin-slurm", "ty", "uv"}
    assert asked - there.keys() == tools | {normal(each.name) for each in group("notebooks")}
    assert {name for name in here.keys() & there.keys() if here[name] != there[name]} == {"numpy", "setuptools"}


def test_the_server_speaks_as_the_client_does() -> None:
    here, there = lock("gradus"), lock("tinker-server")
    assert {name: there[name] for name in ("tinker", "torch")} == {name: here[name] for name in ("tinker", "torch")}


def test_trl_is_made_for_the_vllm_beside_it() -> None:
    (asked,) = (each for each in map(Requirement, requires("trl") or []) if each.name == "vllm")
    assert asked.specifier.contains(lock("gpu")["vllm"])


def test_cuda_is_in_the_lock_of_the_gpu_alone() -> None:
    cuda = {name: [each for each in lock(name) if each.startswith(("nvidia-", "cuda-"))] for name in LOCKS}
    without = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["uv"]["exclude-dependencies"]
    assert {name for name in cuda if cuda[name]} == {"gpu"}
    assert set(without) <= lock("gpu").keys()


def test_torch_for_cpus_is_the_locked_one() -> None:
    assert pins(ENVS / "torch-cpu.txt") == {"torch": f"{lock('gradus')['torch']}+cpu"}


def test_conda_installs_the_locked_versions() -> None:
    text = LOCKS["gradus"].read_text(encoding="utf-8")
    assert (ENVS / "gradus.yaml").read_text(encoding="utf-8") == conda_environment(text)


@pytest.mark.slow
@pytest.mark.parametrize("python", ["3.11", "3.12"])
def test_the_groups_resolve_to_the_locks(python: str, tmp_path: Path) -> None:
    """`make lock` changes nothing, under either Python."""
    if shutil.which("uv") is None:
        pytest.skip("uv is not installed: make venv")
    try:
        urllib.request.urlopen("https://pypi.org/simple/uv/", timeout=10).close()
    except (urllib.error.URLError, TimeoutError) as error:
        pytest.skip(f"locks are resolved by PyPI, which is not reached: {error}")
    files = [*LOCKS.values(), ENVS / "gradus.yaml"]
    for file in files:
        shutil.copy(file, tmp_path)
    command = ["make", "lock", f"LOCKS={tmp_path}", f"LOCK_PYTHON={python}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for file in files:
        assert (tmp_path / file.name).read_text(encoding="utf-8") == file.read_text(encoding="utf-8"), file.name
