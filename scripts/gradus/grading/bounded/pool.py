"""The caller's side of bounded comparisons: ask a question, get an answer or a reason within the deadline.

Safe from any number of threads; a forked child of the caller starts a pool of its own; no process is left behind when
the caller ends, however it ends. After a worker or the fork server was killed the comparison is retried once.

Why no library: a verdict must not depend on earlier comparisons, so each one needs a new process. That takes 42 ms
here, most of it SymPy with empty caches; 88 ms as a `multiprocessing.Process` of the forkserver context, 66 to 109 ms
with concurrent.futures (`max_tasks_per_child=1`) and 200 to 250 ms with pebble (`max_tasks=1`). Reused workers take 5
ms, but with warm caches, so that it would depend on the order which comparisons end within the CPU budget. In
concurrent.futures one worker that is killed also fails all waiting comparisons (38 of 40), and none of the three can
start its server with a fixed hash seed and without the keys in the environment.
"""

import atexit
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from gradus.grading.bounded import fork_server
from gradus.grading.bounded.messages import Answer, Question, Started, WorkerLayer, receive, send
from gradus.provenance.errors import GradusError

START_SECONDS = 60.0
"""How long warm_up() waits for the fork server: SymPy imports in 0.5 s, but in many seconds from a cold disk."""

MAX_WORKERS = 16
"""Concurrent comparisons in one process, and so a bound on memory. More than cores: the kernel then shares these
fairly, and what takes milliseconds does not queue behind what uses its whole budget."""

_SCRIPTS = str(Path(__file__).resolve().parents[3])
# What the interpreter needs to start. Workers must not see API keys and tokens of the environment.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "VIRTUAL_ENV", "SYSTEMROOT", "TMPDIR")


class _ForkServer:
    """The running process, and our end of the socket to it. `layers`: what its workers can be asked."""

    def __init__(self, layers: frozenset[WorkerLayer]) -> None:
        self.layers = layers
        self.control, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        # A fixed hash seed: SymPy sorts its terms in the same order in every run.
        environment |= {"PYTHONPATH": _SCRIPTS, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", fork_server.__name__, str(theirs.fileno()), *sorted(layers)],
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches the caller only
            )
        self.ready = False
        self.reading = threading.Lock()

    def wait_ready(self, deadline: float) -> None:
        """Return once it is ready or gone, or at the deadline. Raises GradusError if it cannot start at all."""
        if self.ready or not self.reading.acquire(timeout=max(0.0, deadline - time.monotonic())):
            return
        try:
            if not self.ready and self.control.fileno() >= 0:
                started = receive(self.control, Started, deadline)
                if started and started.error:
                    raise GradusError(f"grading workers cannot start: {started.error}; install envs/requirements.lock")
                self.ready = started is not None
        except TimeoutError:
            return
        finally:
            self.reading.release()

    def spawn(self, connection: socket.socket) -> bool:
        """Have a worker forked that reads from the given socket; False if the server is gone."""
        try:
            socket.send_fds(self.control, [b"w"], [connection.fileno()])
        except OSError:
            return False
        return True

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        with self.reading:  # a thread that reads sees the end of the stream first
            self.control.close()


class _Pool:
    """One fork server, and a bound on concurrent comparisons."""

    def __init__(self) -> None:
        self.slots = threading.BoundedSemaphore(MAX_WORKERS)
        self.lock = threading.Lock()
        self.server: _ForkServer | None = None
        self.connections: set[socket.socket] = set()

    def running_server(self, layer: WorkerLayer) -> _ForkServer:
        """A server whose workers know the layer; a new one also prepares the layers of the one that it replaces."""
        with self.lock:
            old = self.server
            layers: frozenset[WorkerLayer] = frozenset({layer})
            if old is not None:
                layers |= old.layers
                if old.process.poll() is not None or layer not in old.layers:
                    old.end()
                    self.server = None
            if self.server is None:
                self.server = _ForkServer(layers)
            return self.server

    def discard(self, dead: _ForkServer) -> None:
        """Let the next comparison start a new server; another thread may have done so already."""
        with self.lock:
            if self.server is dead:
                dead.end()
                self.server = None

    def end(self) -> None:
        with self.lock:
            if self.server is not None:
                self.server.end()
                self.server = None

    def close_sockets(self) -> None:
        """In a forked child: close what belongs to the parent."""
        for connection in self.connections:
            connection.close()
        if self.server is not None:
            self.server.control.close()
            self.server.process.returncode = 0  # the parent waits for it


_pool = _Pool()


def warm_up(layer: WorkerLayer = "symbolic") -> None:
    """Start the fork server, so that the first comparison does not wait while SymPy is imported.

    Batches call it before their first comparison in a worker. Raises GradusError if a library is not installed.
    """
    _pool.running_server(layer).wait_ready(time.monotonic() + START_SECONDS)


def ask(question: Question, deadline: float) -> Answer:
    """The worker's answer, or one with the reason `timeout` or `worker_died`. `deadline`, of time.monotonic(), is
    always met.

    Raises GradusError if workers cannot start at all.
    """
    if not _pool.slots.acquire(timeout=max(0.0, deadline - time.monotonic())):
        return _TIMEOUT
    try:
        answer = _ask_once(question, deadline)
        return _ask_once(question, deadline) if answer.reason == "worker_died" else answer
    finally:
        _pool.slots.release()


def _ask_once(question: Question, deadline: float) -> Answer:
    server = _pool.running_server(question.layer)
    ours, theirs = socket.socketpair()
    _pool.connections.add(ours)
    try:
        with theirs:
            spawned = server.spawn(theirs)
        answer = _exchange(ours, question, deadline) if spawned else None
        if answer is not None:
            return answer
        # A server outlives its workers and reports how they ended, so a closed socket means that the server itself
        # has ended. It may have sent the reason.
        server.wait_ready(time.monotonic())
        _pool.discard(server)
        return _WORKER_DIED
    except TimeoutError:
        return _TIMEOUT
    finally:
        _pool.connections.discard(ours)
        ours.close()  # the server kills a worker whose caller hung up


def _exchange(connection: socket.socket, question: Question, deadline: float) -> Answer | None:
    """Send the question and wait for the answer; None if the connection was closed."""
    with contextlib.suppress(ConnectionError):  # the worker has ended; the server may have sent the reason
        send(connection, question, deadline)
    return receive(connection, Answer, deadline)


_TIMEOUT = Answer(None, "timeout", final=False)
_WORKER_DIED = Answer(None, "worker_died", final=False)


def _reset_after_fork() -> None:
    global _pool
    _pool.close_sockets()
    _pool = _Pool()


atexit.register(lambda: _pool.end())
os.register_at_fork(after_in_child=_reset_after_fork)
