"""A small single-threaded process that imports SymPy once and forks a worker for each comparison.

`python -m gradus.grading.bounded.fork_server FD LAYER...`, where FD is a socket to the caller. Each byte that arrives
on it carries the socket of one comparison; a child is forked for it (2 ms), answers one question and exits. So
comparisons cannot affect each other, and all start from the same state. Workers inherit none of the caller's memory,
and the caller's threads, signal handlers and GPU context are never forked.

The server keeps its copy of each socket until the child has ended: to report how it ended if it gave no answer, and to
kill it if the caller hung up. When the caller is gone the server exits, and its children with it.
"""

import contextlib
import gc
import os
import select
import signal
import socket
import sys

from gradus.grading.bounded.messages import LAYERS, Answer, Started, WorkerLayer, send
from gradus.provenance.parent_death import end_with_parent


def serve(control: socket.socket, layers: list[WorkerLayer]) -> None:
    """Import what workers need, report that we are ready, and fork workers until the caller is gone."""
    gc.disable()  # importing leaves no garbage, and collections during it are a sixth of its time
    try:
        from gradus.grading.bounded.worker import answer_one, prepare

        prepare(layers)
    except ImportError as error:
        send(control, Started(str(error)))
        return
    gc.collect()
    gc.enable()
    gc.freeze()  # otherwise a collection in a child would write to every inherited page, and so copy it
    wake_reader, wake_writer = socket.socketpair()
    for side in (wake_reader, wake_writer):
        side.setblocking(False)
    signal.set_wakeup_fd(wake_writer.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(wake_reader, select.POLLIN)
    children: dict[int, tuple[int, socket.socket]] = {}  # by the socket's file descriptor: process id, socket
    send(control, Started())
    while True:
        for number, event in poll.poll():
            if number == wake_reader.fileno():
                with contextlib.suppress(BlockingIOError):
                    wake_reader.recv(4096)
            elif number == control.fileno():
                connection = _accept(control)
                if connection is None:
                    _kill(children)
                    return
                if _hung_up(connection):
                    connection.close()
                    continue
                server = os.getpid()
                child = os.fork()
                if child == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    end_with_parent(server)
                    for other in (control, wake_reader, wake_writer, *(each for _, each in children.values())):
                        other.close()
                    answer_one(connection)
                    os._exit(0)
                children[connection.fileno()] = (child, connection)
                poll.register(connection, 0)  # POLLHUP is always reported
            elif number in children and event & (select.POLLHUP | select.POLLERR):
                os.kill(children[number][0], signal.SIGKILL)
                poll.unregister(number)
        for number in _reap(children):
            connection = children.pop(number)[1]
            with contextlib.suppress(KeyError):
                poll.unregister(number)
            connection.close()


def _accept(control: socket.socket) -> socket.socket | None:
    try:
        word, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    except ConnectionError:
        return None
    return socket.socket(fileno=descriptors[0]) if word and descriptors else None


def _hung_up(connection: socket.socket) -> bool:
    """Whether the caller gave up before its question was read."""
    poll = select.poll()
    poll.register(connection, 0)
    return bool(poll.poll(0))


def _reap(children: dict[int, tuple[int, socket.socket]]) -> list[int]:
    """File descriptors of the children that have ended; for those that gave no answer the reason is sent."""
    ended = []
    for number, (child, connection) in children.items():
        process, status = os.waitpid(child, os.WNOHANG)
        if process == 0:
            continue
        ended.append(number)
        if status != 0:
            out_of_time = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF
            with contextlib.suppress(OSError):
                send(connection, Answer(None, "timeout" if out_of_time else "worker_died", out_of_time))
    return ended


def _kill(children: dict[int, tuple[int, socket.socket]]) -> None:
    for child, _ in children.values():
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), [layer for layer in LAYERS if layer in sys.argv[2:]])
