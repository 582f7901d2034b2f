"""SIGTERM, which asks a job to end: noted while training, and obeyed between steps."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


class Stopped(Exception):
    """The job was asked to end."""


class StopSignal:
    """`received` turns true with the first SIGTERM."""

    def __init__(self) -> None:
        self.received = False
        self._may_interrupt = False

    @contextmanager
    def handled(self) -> Generator[None]:
        """While this is open SIGTERM does not kill. No effect outside the main thread, which alone gets signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGTERM, self._on_signal)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)

    @contextmanager
    def interruptible(self) -> Generator[None]:
        """Work that may be abandoned at any point: SIGTERM, even one from before, raises Stopped in it."""
        self._may_interrupt = True
        try:
            if self.received:
                raise Stopped
            yield
        finally:
            self._may_interrupt = False

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.received = True
        if self._may_interrupt:
            self._may_interrupt = False
            raise Stopped
