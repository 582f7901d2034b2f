"""Processes that end with the one that started them, however that ends: the kernel sends them a signal (Linux).

The kernel's parent is a thread. A process that is to outlive the thread that started it must not ask for this.
"""

import ctypes
import os
import signal
from collections.abc import Callable

BUILDER = "GRADUS_BUILDER"
"""The Snakemake that runs a job, by its process id, in the job's environment."""


def end_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Get this signal when the parent ends, whose process id is `parent`; at once where it has ended already."""
    _prctl(_SET_DEATH_SIGNAL, number, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def end_with_builder() -> None:
    """Be asked to end when the Snakemake that runs this job is killed. A second build would write the same files.

    A job that is run by hand, or by Snakemake from within a container, outlives what started it.
    """
    builder = os.environ.get(BUILDER, "")
    if builder.isdecimal() and (os.getppid() == int(builder) or not _lives(int(builder))):
        end_with_parent(int(builder), signal.SIGTERM)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


_SET_DEATH_SIGNAL = 1
_prctl: Callable[..., int] = getattr(ctypes.CDLL(None), "prctl", lambda *_: 0)  # only Linux has it
