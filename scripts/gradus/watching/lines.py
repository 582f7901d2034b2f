"""A line once in a while, between those of Snakemake: how long is left."""

import time
from collections.abc import Callable
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent

from gradus.estimates.build_time import spoken
from gradus.watching.handler import StateHandler
from gradus.watching.state import BuildState

EVERY = 30.0
"""Seconds between two lines, at least."""


class TimeLeft(StateHandler):
    """Says after a job has ended how long is left. say: prints a line."""

    def __init__(
        self, state: BuildState, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(state)
        self._say, self._clock = say, clock
        self._told = clock()

    def noted(self, record: Any) -> None:
        now = self._clock()
        if getattr(record, "event", None) != LogEvent.PROGRESS or record.done >= record.total:
            return
        if now - self._told >= EVERY:
            self._told = now
            self._say(f"time left: about {spoken(self.state.seconds_left())}")
