"""The environments' files agree, and name nothing that is not needed."""

import ast
import re
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
ENVS = ROOT / "envs"
WANTED = ENVS / "requirements.in"
LOCK = ENVS / "requirements.lock"


def requirements(file: Path) -> dict[str, Requirement]:
    """What a file of requirements asks for, by the package's normal name."""
    lines = (line.split(" #")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    return {normal(found.name): found for found in map(Requirement, (at for at in lines if at and at[0] != "#"))}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pin(wanted: Requirement) -> str | None:
    """The version without the build's label (2.13.0+cpu), or None where it is not pinned."""
    text = str(wanted.specifier)
    return text.removeprefix("==").partition("+")[0] if text.startswith("==") else None


def imported() -> set[str]:
    """The packages that any Python file here imports, inside functions too."""
    names: set[str] = set()
    for folder in ("scripts", "tests"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module.partition(".")[0])
    owners = packages_distributions()
    return {normal(package) for name in names for package in owners.get(name, [])}


def needed(package: str, extras: frozenset[str], seen: set[tuple[str, frozenset[str]]]) -> None:
    """Add to `seen` the package and all that it requires here."""
    if (package, extras) in seen:
        return
    seen.add((package, extras))
    for wanted in map(Requirement, distribution(package).requires or []):
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            needed(normal(wanted.name), frozenset(wanted.extras), seen)


def test_what_is_asked_for_is_in_the_lock():
    locked = requirements(LOCK)
    assert {name for name in requirements(WANTED) if name not in locked} == set()
    assert {name: str(each) for name, each in locked.items() if pin(each) is None} == {}
    wrong = {
        name for name, each in requirements(WANTED).items() if not each.specifier.contains(pin(locked[name]) or "")
    }
    assert wrong == set()


def test_nothing_is_in_the_lock_that_nothing_asks_for():
    seen: set[tuple[str, frozenset[str]]] = set()
    for name, wanted in requirements(WANTED).items():
        needed(name, frozenset(wanted.extras), seen)
    assert set(requirements(LOCK)) - {name for name, _ in seen} == set()


def test_what_no_code_imports_says_who_needs_it():
    lines = WANTED.read_text(encoding="utf-8").splitlines()
    told = {normal(Requirement(line.split(" #")[0]).name) for line in lines if " # " in line and line[0] != "#"}
    assert set(requirements(WANTED)) - imported() - told == set()


@pytest.mark.parametrize(
    "name", ["tinker-server.in", "tinker-server.lock", "vllm-cpu.in", "vllm-cpu.lock", "vllm-gpu.in"]
)
def test_what_other_environments_share_with_this_one_by_name_has_one_version(name):
    """Only what Gradus' own code loads there, or speaks to there: vLLM and SkyRL choose the rest."""
    shared = {"vllm": {"pyarrow", "torch"}, "tinker": {"tinker", "torch"}}[name.split("-")[0]]
    wanted, here = requirements(ENVS / name), requirements(LOCK)
    assert {each: pin(wanted[each]) for each in shared} == {each: pin(here[each]) for each in shared}


def test_conda_installs_the_locked_versions():
    described = yaml.safe_load((ENVS / "gradus.yaml").read_text(encoding="utf-8"))
    (listed,) = (each["pip"] for each in described["dependencies"] if isinstance(each, dict))
    assert sorted(listed) == sorted(str(each) for each in requirements(LOCK).values())
