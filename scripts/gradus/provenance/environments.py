"""Python environments beside the one that builds: vLLM pins packages that others cannot live with.

A job that needs one starts like every other and goes on in it, so rules, profiles and clusters know of no difference.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from gradus.provenance.errors import GradusError

PROJECT = Path(__file__).resolve().parents[3]
OLDEST = (3, 11)
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
        if tuple(map(int, found[:2])) < OLDEST:
            needed = ".".join(map(str, OLDEST))
            raise GradusError(f"{python}: is Python {'.'.join(found[:2])}, jobs need {needed} or later; {set_up}")

    def enter(self) -> None:
        """Go on in this environment: run this very command with its Python, in this very process."""
        python = self.python
        if python != sys.executable:
            self.expect()
            os.execv(python, [python, *sys.argv])


def enter_environment(modules: Iterable[str]) -> None:
    """Go on in the environment that a job's modules need, as `CAPABILITIES` in a `capabilities.py` beside them says.

    Loaded here and by name, so that it is in no job's fingerprint: where a job runs does not decide what it makes.
    """
    for module in modules:
        beside = f"{module.rpartition('.')[0]}.capabilities"
        if find_spec(beside) is not None and (environment := import_module(beside).CAPABILITIES.environment):
            environment.enter()
