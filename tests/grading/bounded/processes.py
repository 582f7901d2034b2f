"""Looking at, and shooting at, the processes that the grader starts."""

import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

NURSERY = "gradus.grading.bounded.nursery"


def nurseries(of: int | None = None) -> list[psutil.Process]:
    """The running nurseries among the children of a process, this one by default."""
    found = []
    for process in psutil.Process(of).children():
        with suppress(psutil.NoSuchProcess):
            if NURSERY in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def workers() -> list[psutil.Process]:
    found = []
    for nursery in nurseries():
        with suppress(psutil.NoSuchProcess):
            found += nursery.children()
    return found


@contextmanager
def shooting(seed: int, *, nurseries_too: bool, pause: float = 0.03) -> Iterator[list[int]]:
    """Meanwhile a thread kills workers at random moments, and now and then a nursery; yields the ids of the killed."""
    stop, killed, chance = threading.Event(), [], random.Random(seed)

    def shoot() -> None:
        while not stop.wait(chance.uniform(0, 2 * pause)):
            targets = workers()
            if nurseries_too and chance.random() < 0.05:
                targets = nurseries()
            for target in targets[:1]:
                with suppress(psutil.NoSuchProcess):
                    target.send_signal(signal.SIGKILL)
                    killed.append(target.pid)

    thread = threading.Thread(target=shoot)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()
