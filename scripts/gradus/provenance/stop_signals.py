"""Signals that ask a job to end. It ends at once, but for work whose state can be saved: then once that is done.

`kill`, `scancel` and a scheduler that needs the machine send SIGTERM, `sbatch --signal` what it is told to, Ctrl-C
SIGINT.
"""

import os
import signal
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)

SAME_REQUEST_SECONDS = 1.0
"""A request may come several times: to the process itself, to its group, and from a launcher that passes it on."""

T = TypeVar("T")


class Stopped(Exception):
    """The job was asked to end, and what it has done is saved. The text says where it is."""

    def __init__(self, number: int, place: str) -> None:
        name = signal.Signals(number).name
        super().__init__(f"stopped by {name} at {place}; the next run goes on from there")
        self.place = place
        self.exit_code = 128 + number
        """As shells have it for a process that a signal ended."""


class StopSignal:
    """Of one job. In work that is `deferring` the first signal is noted; at any other time, and for a second time, a
    signal ends the process as if it were not handled."""

    def __init__(self, ends_process: bool = True) -> None:
        """ends_process: False where another process ends this one, so that signals are only noted."""
        self._number: int | None = None
        self._ends_process = ends_process
        self._at = 0.0
        self._place = "its start"
        self._deferring = self._may_interrupt = False

    @property
    def received(self) -> bool:
        return self._number is not None

    def reached(self, place: str, elsewhere: bool = False) -> None:
        """Raises Stopped where a signal has come. All that was done up to `place`, such as step 17 of 40, is saved.

        elsewhere: one has come to another process of the job.
        """
        self._place = place
        if self._number is not None or elsewhere:
            raise Stopped(self._number or signal.SIGTERM, place)

    @contextmanager
    def handled(self) -> Generator[None]:
        """While this is open signals come here. No effect outside the main thread, which alone gets signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = [(number, signal.getsignal(number)) for number in SIGNALS]
        self.listen()
        try:
            yield
        finally:
            for number, handler in before:
                signal.signal(number, handler or signal.SIG_DFL)

    def listen(self) -> None:
        """Have signals come here until the process ends. What is ignored stays so: a shell has jobs in its background
        ignore Ctrl-C."""
        for number in SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._on_signal)

    @contextmanager
    def deferring(self) -> Generator[None]:
        """Work that asks `received`, or calls `reached`, wherever all that it has done is saved, and can end there."""
        self._deferring = True
        try:
            yield
        finally:
            self._deferring = False

    @contextmanager
    def interruptible(self) -> Generator[None]:
        """A part of that work that may be abandoned at any point: a signal, even an earlier one, raises Stopped."""
        self._may_interrupt = True
        try:
            self.reached(self._place)
            yield
        finally:
            self._may_interrupt = False

    def interrupting(self, items: Iterator[T]) -> Iterator[T]:
        """The items; a signal ends the wait for the next one."""
        while True:
            with self.interruptible():
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._number is None and (self._deferring or not self._ends_process):
            self._number, self._at = number, now
            if self._ends_process:
                name = signal.Signals(number).name
                # Not by print, which a signal may have interrupted.
                os.write(2, f"{name}: ends once the work at hand is saved; a second signal ends it at once\n".encode())
            if self._may_interrupt:
                self._may_interrupt = False
                self.reached(self._place)
        elif self._ends_process and (self._number is None or now - self._at > SAME_REQUEST_SECONDS):
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
