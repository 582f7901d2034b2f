"""A thread that draws rollouts while the main one trains."""

from collections.abc import Callable
from concurrent.futures import Future
from queue import Queue
from threading import Thread
from typing import Generic, TypeVar

import torch

R = TypeVar("R")


class Worker(Generic[R]):
    """Does one piece of work after another. It does not keep a process that ends from ending, whatever it does."""

    def __init__(self) -> None:
        self._queue: Queue[tuple[Callable[[], R], Future[R]] | None] = Queue(1)
        self._device = torch.cuda.current_device() if torch.cuda.is_available() else None
        Thread(target=self._run, name="rollouts", daemon=True).start()

    def submit(self, work: Callable[[], R]) -> "Future[R]":
        """The future result, which raises what the work raises."""
        future: Future[R] = Future()
        self._queue.put((work, future))
        return future

    def close(self) -> None:
        """End the thread after what it is doing."""
        self._queue.put(None)

    def _run(self) -> None:
        if self._device is not None:
            torch.cuda.set_device(self._device)  # of each thread its own
        while (asked := self._queue.get()) is not None:
            work, future = asked
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 whoever asks for the result gets it
                future.set_exception(error)
