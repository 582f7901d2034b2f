"""Dollars that calls under way can still cost, for all jobs of a study that run at this moment."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gradus.provenance.errors import GradusError


class Reserved:
    """A folder with a file for each running job, which says how much it has reserved.

    A job holds a lock on its own file for as long as it lives, so what a killed job had reserved is free again: the
    kernel lets go of the lock. (fcntl.flock: over a network disk the same, from NFS 4 on.)
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mine: int | None = None
        self._name = ""
        self.dollars = 0.0

    @contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """No other job looks or reserves meanwhile. Raises GradusError where the file system has no locks."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(lock, self._folder)
            yield
        finally:
            os.close(lock)

    def all(self) -> float:
        """By this job and the others."""
        others = [path for path in self._folder.iterdir() if path.name not in ("lock", self._name)]
        return self.dollars + sum(map(_held, others))

    def add(self, dollars: float) -> None:
        """Reserve more, or, below zero, let go of some."""
        if self._mine is None:
            self._name = f"{os.uname().nodename}.{os.getpid()}.{id(self)}"
            self._mine = os.open(self._folder / self._name, os.O_RDWR | os.O_CREAT, 0o644)
            fcntl.flock(self._mine, fcntl.LOCK_EX)
        self.dollars += dollars
        # One length for all amounts: a write is never a longer number's rest.
        os.pwrite(self._mine, f"{max(0.0, self.dollars):24.12f}".encode(), 0)


def _lock(file: int, folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        raise GradusError(
            f"{folder}: no locks on this file system ({error.strerror}), and jobs need them to keep tinker.max_dollars "
            "together: have the results on another disk, or set tinker.max_dollars to null"
        ) from error


def _held(path: Path) -> float:
    """Dollars that a job has reserved; none where it lives no more, and then its file goes."""
    with suppress(FileNotFoundError):  # another job has removed it already
        file = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return float(os.pread(file, 64, 0) or 0.0)
        else:
            path.unlink()
        finally:
            os.close(file)
    return 0.0
