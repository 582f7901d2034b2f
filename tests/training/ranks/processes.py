"""Processes that train together, started once for all that is asked of them."""

import os
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

HANGING_SECONDS = 1800
"""No answer takes so long on the busiest machine."""
STARTS = 3
"""gloo has ended a process by a segmentation fault while it met the others, which is no matter of ours."""


class Ended(Exception):
    """A process that should answer has ended."""


class Processes:
    """`call` runs a function of a module in all of them and returns what each returned, in their order."""

    def __init__(self, folder: Path, count: int) -> None:
        for left in reversed(range(STARTS)):
            self._start(folder / f"store-{left}", count)
            try:
                self._answers()
                return
            except Ended:
                self.close()
                if not left:
                    raise

    def _start(self, store: Path, count: int) -> None:
        context = get_context("spawn")
        ends = [context.Pipe() for _ in range(count)]
        self._pipes = [here for here, _ in ends]
        self._processes = [
            context.Process(target=serve, args=(there, number, count, store, sys.path), daemon=True)
            for number, (_, there) in enumerate(ends)
        ]
        for process in self._processes:
            process.start()

    def call(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> list[Any]:
        for pipe in self._pipes:
            pipe.send((function, arguments, named))
        return self._answers()

    def _answers(self) -> list[Any]:
        found = []
        end = time.monotonic() + HANGING_SECONDS
        for pipe in self._pipes:
            while not pipe.poll(0.1):
                ended = [process.exitcode for process in self._processes if not process.is_alive()]
                if ended and not pipe.poll():
                    raise Ended(f"a rank has ended with {ended[0]}")
                assert time.monotonic() < end, "a rank does not answer"
            good, answer = pipe.recv()
            assert good, answer
            found.append(answer)
        return found

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.join()


def serve(pipe: Connection, number: int, count: int, store: Path, path: list[str]) -> None:
    sys.path[:] = path
    os.environ["WANDB_MODE"] = "disabled"
    import torch
    from torch import distributed

    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{store}", rank=number, world_size=count)
    distributed.barrier()
    pipe.send((True, number))
    while True:
        function, arguments, named = pipe.recv()
        try:
            pipe.send((True, function(*arguments, **named)))
        except Exception:  # noqa: BLE001 told to the test
            pipe.send((False, traceback.format_exc()))
