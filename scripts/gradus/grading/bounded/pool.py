"""The caller's side of bounded comparisons: ask a question, get an answer or a reason within the deadline.

Safe from any number of threads; a forked child of the caller starts afresh; nothing is left behind when the caller
ends, however it ends. A killed worker or nursery costs the comparison one new try.
"""

import atexit
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from gradus.grading.bounded import nursery
from gradus.grading.bounded.frames import Silent, read_frame, send_frame
from gradus.provenance.errors import GradusError

START_SECONDS = 60.0
"""How long warm_up() waits for the nursery: SymPy imports in half a second, but in many from a cold network disk."""

MAX_WORKERS = 16
"""Comparisons at a time in one process, and so a bound on memory. More than cores: then the system shares these fairly,
and what takes milliseconds does not queue behind what takes its whole budget."""

_SCRIPTS = str(Path(__file__).resolve().parents[3])
# What the interpreter needs to start. Keys and tokens of the environment are nothing to a worker.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "VIRTUAL_ENV", "SYSTEMROOT", "TMPDIR")


class _Nursery:
    """The running process, and our end of the socket to it. `layers`: what its workers can be asked."""

    def __init__(self, layers: frozenset[str]) -> None:
        self.layers = layers
        self.control, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        # A fixed hash seed: the order in which SymPy sorts its terms is the same in every run.
        environment |= {"PYTHONPATH": _SCRIPTS, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", nursery.__name__, str(theirs.fileno()), *sorted(layers)],
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # an interrupt from the keyboard is the caller's to answer
            )
        self.ready = False
        self.reading = threading.Lock()

    def wait_ready(self, deadline: float) -> None:
        """Return once it is ready or gone, or at the deadline. Raises GradusError where it can never be."""
        if self.ready or not self.reading.acquire(timeout=max(0.0, deadline - time.monotonic())):
            return
        try:
            if not self.ready and self.control.fileno() >= 0:
                word = read_frame(self.control, deadline)
                if word and "error" in word:
                    raise GradusError(f"grading workers cannot start: {word['error']}; install envs/requirements.lock")
                self.ready = word is not None
        except Silent:
            return
        finally:
            self.reading.release()

    def bear(self, talk: socket.socket) -> bool:
        """Hand a worker's socket over; False where the nursery is gone."""
        try:
            socket.send_fds(self.control, [b"w"], [talk.fileno()])
        except OSError:
            return False
        return True

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        with self.reading:  # whoever reads comes to the end of it first
            self.control.close()


class _Pool:
    """One nursery, and a bound on the comparisons at a time."""

    def __init__(self) -> None:
        self.slots = threading.BoundedSemaphore(MAX_WORKERS)
        self.lock = threading.Lock()
        self.nursery: _Nursery | None = None
        self.talks: set[socket.socket] = set()

    def living_nursery(self, layer: str) -> _Nursery:
        """One whose workers can be asked about a layer: a new one takes over what the old one had prepared."""
        with self.lock:
            old, layers = self.nursery, frozenset({layer})
            if old is not None:
                layers |= old.layers
                if old.process.poll() is not None or layer not in old.layers:
                    old.end()
                    self.nursery = None
            if self.nursery is None:
                self.nursery = _Nursery(layers)
            return self.nursery

    def bury(self, dead: _Nursery) -> None:
        """Let the next comparison start a new nursery; another thread may have done so already."""
        with self.lock:
            if self.nursery is dead:
                dead.end()
                self.nursery = None

    def end(self) -> None:
        with self.lock:
            if self.nursery is not None:
                self.nursery.end()
                self.nursery = None

    def close_sockets(self) -> None:
        """In a forked child: let go of what is the parent's."""
        for talk in self.talks:
            talk.close()
        if self.nursery is not None:
            self.nursery.control.close()
            self.nursery.process.returncode = 0  # not ours to wait for


_pool = _Pool()


def warm_up(layer: str = "symbolic") -> None:
    """Start the nursery, so that the first comparison does not wait while SymPy is imported.

    Batches call it before their first comparison in a worker. Raises GradusError where a library is not installed.
    """
    _pool.living_nursery(layer).wait_ready(time.monotonic() + START_SECONDS)


def ask(question: dict[str, Any], deadline: float) -> dict[str, Any]:
    """The worker's answer to a question (see worker.py), or `equal` None with the reason `timeout` or `worker_died`.

    `deadline`, of time.monotonic(), is kept whatever happens. `final` in the answer says that another try would give
    the same: not so where the time on the clock was too short, or a worker was killed.
    Raises GradusError where workers cannot start at all.
    """
    if not _pool.slots.acquire(timeout=max(0.0, deadline - time.monotonic())):
        return _failure("timeout")
    try:
        for _ in range(2):
            answer = _ask_once(question, deadline)
            if answer["reason"] != "worker_died":
                return answer
        return answer
    finally:
        _pool.slots.release()


def _ask_once(question: dict[str, Any], deadline: float) -> dict[str, Any]:
    living = _pool.living_nursery(question["ask"])
    ours, theirs = socket.socketpair()
    _pool.talks.add(ours)
    try:
        with theirs:
            send_frame(ours, question)
            born = living.bear(theirs)
        answer = read_frame(ours, deadline) if born else None
        if answer is not None:
            return {"final": answer["reason"] != "worker_died"} | answer
        # A nursery outlives its workers and tells how they ended: silence is its own death. It may have said why.
        living.wait_ready(time.monotonic())
        _pool.bury(living)
        return _failure("worker_died")
    except Silent:
        return _failure("timeout")
    finally:
        _pool.talks.discard(ours)
        ours.close()  # the nursery kills a worker whose caller hung up


def _failure(reason: str) -> dict[str, Any]:
    return {"equal": None, "layer": "symbolic", "reason": reason, "final": False}


def _begin_again() -> None:
    global _pool
    _pool.close_sockets()
    _pool = _Pool()


atexit.register(lambda: _pool.end())
os.register_at_fork(after_in_child=_begin_again)
