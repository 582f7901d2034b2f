"""Python environments beside the one that builds: vLLM pins packages that others cannot live with.

A job that needs one starts like every other and goes on in it, so rules, profiles and clusters know of no difference.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from gradus.provenance.errors import GradusError

PROJECT = Path(__file__).resolve().parents[3]
OLDEST = (3, 11)
"""The Python that the project's code is written for."""


@dataclass(frozen=True)
class Environment:
    """Where an environment is: what `variable` names, else the Python of `folder` below the project."""

    package: str
    variable: str
    folder: str
    remedy: str


ENVIRONMENTS = {
    "vllm": Environment("vllm", "GRADUS_VLLM_PYTHON", ".venv-vllm", "make vllm-cpu (on a GPU: make vllm-gpu)"),
}
"""By the sampler or backend that needs it. What has no entry runs where it is started."""


def python_of(name: str) -> str:
    """The interpreter that runs jobs of `name`: this one, where the environment is this one or needs to be none."""
    environment = ENVIRONMENTS.get(name)
    if environment is None or find_spec(environment.package) is not None:
        return sys.executable
    chosen = os.environ.get(environment.variable)
    return os.path.abspath(chosen) if chosen else str(PROJECT / environment.folder / "bin" / "python")


def expect(name: str) -> None:
    """Raises GradusError where the environment of `name` is missing."""
    python = python_of(name)
    if python == sys.executable:
        return
    environment = ENVIRONMENTS[name]
    set_up = f"set it up with {environment.remedy}, or name a Python that has it in {environment.variable}"
    if not os.access(python, os.X_OK):
        raise GradusError(f"{python}: {name} needs an environment of its own, and this is none; {set_up}")
    ask = f"import sys, importlib.util as u; print(*sys.version_info[:2], u.find_spec({environment.package!r}) is None)"
    answer = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    found = answer.stdout.split()
    if answer.returncode or len(found) != 3:
        raise GradusError(f"{python}: does not run as a Python ({answer.stderr.strip()[-200:]}); {set_up}")
    if found[2] == "True":
        raise GradusError(f"{python}: has no package {environment.package}; {set_up}")
    if tuple(map(int, found[:2])) < OLDEST:
        needed = ".".join(map(str, OLDEST))
        raise GradusError(f"{python}: is Python {'.'.join(found[:2])}, jobs need {needed} or later; {set_up}")


def enter(name: str) -> None:
    """Go on in the environment of `name`: run this very command with its Python, in this very process."""
    python = python_of(name)
    if python != sys.executable:
        expect(name)
        os.execv(python, [python, *sys.argv])
