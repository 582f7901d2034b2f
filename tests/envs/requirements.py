"""What the groups of pyproject.toml ask for, and what the locks pin."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
ENVS = ROOT / "envs"
LOCKS = {name: ENVS / f"{name}.lock" for name in ("gpu", "vllm-cpu", "tinker-server", "harness", "docs")}
LOCKS["gradus"] = ENVS / "requirements.lock"
"""By the groups of pyproject.toml that they are resolved from."""


def normal(name: str) -> str:
    """The name of a distribution as locks write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def group(name: str) -> list[Requirement]:
    """What a group asks for, those that it includes too."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    found: list[Requirement] = []
    for each in groups[name]:
        found += [Requirement(each)] if isinstance(each, str) else group(each["include-group"])
    return found


def pins(file: Path) -> dict[str, str]:
    """The version of each package that a file of requirements pins, by its normal name."""
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert [str(each) for each in found if not str(each.specifier).startswith("==")] == []
    return {normal(each.name): str(each.specifier).removeprefix("==") for each in found}


def lock(name: str) -> dict[str, str]:
    return pins(LOCKS[name])
