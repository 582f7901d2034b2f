"""SIGTERM, the polite end of a job: heard while training, and obeyed where nothing is half done."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(Exception):
    """The job was asked to end."""


class Ear:
    """`asked` turns true with the first SIGTERM."""

    def __init__(self) -> None:
        self.asked = False
        self._may_interrupt = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """While this is open SIGTERM no longer kills. Outside the main thread, which hears no signals, all stays."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGTERM, self._heard)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Work that may be left at any point: SIGTERM, also one from before, raises Stopped in it."""
        self._may_interrupt = True
        try:
            if self.asked:
                raise Stopped
            yield
        finally:
            self._may_interrupt = False

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if self._may_interrupt:
            self._may_interrupt = False
            raise Stopped
