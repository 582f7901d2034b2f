"""Requests to a training client that are in flight, awaited in the order in which they were made.

The service works in cycles of a few seconds: a client that waits for one step before it requests the next leaves every
other cycle unused. So the next step is requested while the one before is in flight.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tinker import APIFuture

from gradus.tinker.service import Service
from gradus.training.tinker.waiting import result

DEPTH = 1
"""Entries that may be in flight behind the one that is awaited."""


@dataclass(frozen=True)
class _Entry:
    what: str
    futures: Sequence[APIFuture[Any]]
    then: Callable[..., None]


class RequestPipeline:
    """`begin` is when the entry that was awaited last became the first in the queue (time.monotonic)."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._entries: deque[_Entry] = deque()
        self.begin = 0.0

    def submit(self, what: str, futures: Sequence[APIFuture[Any]], then: Callable[..., None]) -> None:
        """Call `then` with the results once they arrive; wait for the entries that came before.

        Raises as `result` does, for any of those that are waited for.
        """
        self._entries.append(_Entry(what, futures, then))
        while len(self._entries) > DEPTH:
            self._finish()

    def drain(self) -> None:
        """Wait for all."""
        while self._entries:
            self._finish()

    def _finish(self) -> None:
        entry = self._entries.popleft()
        self.begin = time.monotonic()
        entry.then(*[result(self._service, future, entry.what) for future in entry.futures])
