"""A thread that draws rollouts while the main one trains."""

from collections.abc import Callable
from concurrent.futures import Future
from queue import Queue
from threading import Thread
from typing import Generic, TypeVar

import torch

R = TypeVar("R")

Asked = tuple[Callable[[], R], "Future[R]", torch.cuda.Event | None]
"""What is to be done, its result, and on a GPU the work of who asked that has to be finished before."""


class Worker(Generic[R]):
    """Does one piece of work after another, on a GPU in a stream of its own, beside that of the main thread.

    It does not keep a process that ends from ending, whatever it is doing. What it returns is to be on the host.
    """

    def __init__(self) -> None:
        self._queue: Queue[Asked[R] | None] = Queue(1)
        self._device = torch.cuda.current_device() if torch.cuda.is_available() else None
        Thread(target=self._run, name="rollouts", daemon=True).start()

    def submit(self, work: Callable[[], R]) -> "Future[R]":
        """The future result, which raises what the work raises."""
        future: Future[R] = Future()
        before = None if self._device is None else torch.cuda.current_stream().record_event()
        self._queue.put((work, future, before))
        return future

    def close(self) -> None:
        """End the thread after what it is doing."""
        self._queue.put(None)

    def _run(self) -> None:
        if self._device is not None:
            # Of each thread its own.
            torch.cuda.set_device(self._device)
            torch.cuda.set_stream(torch.cuda.Stream())
        while (asked := self._queue.get()) is not None:
            work, future, before = asked
            if before is not None:
                torch.cuda.current_stream().wait_event(before)
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 it is raised where the result is read
                future.set_exception(error)
