"""Find and kill the processes that the grader starts."""

import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

FORK_SERVER = "gradus.grading.bounded.fork_server"


def fork_servers(of: int | None = None) -> list[psutil.Process]:
    """The running fork servers among the children of a process, this one by default."""
    found = []
    for process in psutil.Process(of).children():
        with suppress(psutil.NoSuchProcess):
            if FORK_SERVER in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def workers() -> list[psutil.Process]:
    found = []
    for server in fork_servers():
        with suppress(psutil.NoSuchProcess):
            found += server.children()
    return found


@contextmanager
def killing(seed: int, *, servers_too: bool, pause: float = 0.03) -> Iterator[list[int]]:
    """A thread kills workers, and now and then a fork server, at random moments; yields the ids of the killed."""
    stop, killed, chance = threading.Event(), [], random.Random(seed)

    def kill() -> None:
        while not stop.wait(chance.uniform(0, 2 * pause)):
            targets = workers()
            if servers_too and chance.random() < 0.05:
                targets = fork_servers()
            for target in targets[:1]:
                with suppress(psutil.NoSuchProcess):
                    target.send_signal(signal.SIGKILL)
                    killed.append(target.pid)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()
