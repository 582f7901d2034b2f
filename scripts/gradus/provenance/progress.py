"""Progress of long work: a bar on a terminal, plain lines elsewhere, and always lines in the job's log."""

import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

from gradus.provenance.locks import NoLocks, Taken, hold, release
from gradus.provenance.progress_line import ProgressLine

MOST_BARS = 16


class Progress:
    """Counts `total` units of work. Lines are written at most every `every` seconds, and at the end."""

    def __init__(
        self,
        name: str,
        total: int,
        unit: str,
        log: TextIO | None,
        start: int = 0,
        every: float = 10.0,
        told: bool = True,
    ) -> None:
        """told: False where another process of the job tells of the same work."""
        self._told = told
        self.name, self.total, self.unit, self.log, self.every = name, total, unit, log, every
        self.done = self.first = start
        self.begin = self.last = time.monotonic()
        self._line_lock: TextIO | None = None
        self.bar = (
            tqdm(
                total=total,
                initial=start,
                unit=f" {unit}",
                desc=name,
                dynamic_ncols=True,
                leave=False,
                position=self._claim_line(),
            )
            if told and sys.stderr.isatty()
            else None
        )

    def _claim_line(self) -> int:
        """A line of the terminal that no job beside this one draws on."""
        for line in range(MOST_BARS):
            try:
                self._line_lock = hold(Path(tempfile.gettempdir(), f"gradus-{os.getuid()}-bar-{line}"))
            except Taken:
                continue
            except NoLocks:
                break
            return line
        return MOST_BARS

    def update(self, count: int = 1, **metrics: float) -> None:
        """Count work as done; `metrics` (reward, loss, ...) are shown beside the rate."""
        self.done += count
        now = time.monotonic()
        if self.bar is not None:
            self.bar.set_postfix({key: f"{value:.3g}" for key, value in metrics.items()}, refresh=False)
            self.bar.update(count)
        if self._told and (now - self.last >= self.every or self.done >= self.total):
            self.last = now
            self._line(now, metrics)

    def _line(self, now: float, metrics: dict[str, float]) -> None:
        rate = (self.done - self.first) / max(now - self.begin, 1e-9)
        left = (self.total - self.done) / rate if rate else 0.0
        line = str(ProgressLine(self.name, self.done, self.total, self.unit, rate, left, metrics))
        if self.log is not None:
            with suppress(OSError):  # as in Job.log
                print(line, file=self.log, flush=True)
        if self.bar is None:
            print(line, file=sys.stderr, flush=True)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()
            if self._line_lock is not None:
                release(self._line_lock)
