"""Dollars that calls in flight can still cost, for all jobs of a study that run at this moment."""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from gradus.provenance.errors import GradusError
from gradus.provenance.locks import NoLocks, Taken, hold, one_at_a_time, release


class Reserved:
    """A folder with a file for each running job, which says how much it has reserved.

    A job holds its own file for as long as it lives, so what a killed job had reserved is free again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mine: TextIO | None = None
        self._name = ""
        self.dollars = 0.0

    @contextmanager
    def one_at_a_time(self) -> Generator[None]:
        """No other job looks or reserves meanwhile. Raises GradusError where the file system has no locks."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            with one_at_a_time(self._folder / "lock"):
                yield
        except NoLocks as error:
            raise GradusError(
                f"{self._folder}: no locks on this file system ({error}), and jobs need them to keep "
                "tinker.max_dollars together: have the results on another disk, or set tinker.max_dollars to null"
            ) from error

    def all(self) -> float:
        """By this job and the others."""
        others = [path for path in self._folder.iterdir() if path.name not in ("lock", self._name)]
        return self.dollars + sum(map(_reserved_in, others))

    def add(self, dollars: float) -> None:
        """Reserve more, or, below zero, let go of some."""
        if self._mine is None:
            self._name = f"{os.uname().nodename}.{os.getpid()}.{id(self)}"
            self._mine = hold(self._folder / self._name)
        self.dollars += dollars
        self._mine.truncate(0)
        self._mine.write(f"{max(0.0, self.dollars):.12f}")
        self._mine.flush()


def _reserved_in(path: Path) -> float:
    """Dollars that a job has reserved; none where it lives no more, and then its file goes."""
    try:
        file = hold(path)
    except Taken:
        with suppress(FileNotFoundError):  # it has ended since, and another job has removed it
            return float(path.read_text(encoding="utf-8") or 0.0)
    else:
        path.unlink(missing_ok=True)
        release(file)
    return 0.0
