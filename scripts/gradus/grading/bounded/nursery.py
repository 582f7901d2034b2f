"""A small process of one thread that imports SymPy once and gives birth to a worker for each comparison.

`python -m gradus.grading.bounded.nursery FD LAYER...`, FD being a socket to the caller. Each byte that arrives there
carries the socket of one comparison; a child is forked for it (2 ms), answers one question and ends. So no comparison
sees what another left behind, and all begin in the same state. Of the caller's memory nothing is inherited, and its
threads, its signal handlers and its GPU are not forked.

The nursery keeps its copy of each socket until the child ends: to say how it ended where it gave no answer, and to
kill it where the caller hung up. When the caller is gone the nursery ends, and its children with it.
"""

import contextlib
import gc
import os
import select
import signal
import socket
import sys

from gradus.grading.bounded.frames import send_frame
from gradus.grading.bounded.limits import die_with_parent

_ENDED_BY = {signal.SIGPROF: "timeout"}


def serve(control: socket.socket, layers: list[str]) -> None:
    """Import what workers need, say that we are ready, and fork workers until the caller is gone."""
    gc.disable()  # the imports leave nothing behind, and the collector looks through all they made: a sixth of the time
    try:
        from gradus.grading.bounded.worker import answer_one, prepare

        prepare(layers)
    except ImportError as error:
        send_frame(control, {"error": f"{error}"})
        return
    gc.collect()
    gc.enable()
    gc.freeze()  # or the collector would write to every inherited page, and copy it
    woken, wake = socket.socketpair()
    for side in (woken, wake):
        side.setblocking(False)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    waiting = select.poll()
    waiting.register(control, select.POLLIN)
    waiting.register(woken, select.POLLIN)
    children: dict[int, tuple[int, socket.socket]] = {}  # by the socket's number: process id, socket
    send_frame(control, {"ready": os.getpid()})
    while True:
        for number, event in waiting.poll():
            if number == woken.fileno():
                with contextlib.suppress(BlockingIOError):
                    woken.recv(4096)
            elif number == control.fileno():
                talk = _accept(control)
                if talk is None:
                    _kill(children)
                    return
                if _hung_up(talk):
                    talk.close()
                    continue
                nursery = os.getpid()
                child = os.fork()
                if child == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    die_with_parent(nursery)
                    for other in (control, woken, wake, *(each for _, each in children.values())):
                        other.close()
                    answer_one(talk)
                    os._exit(0)
                children[talk.fileno()] = (child, talk)
                waiting.register(talk, 0)  # hanging up is reported unasked
            elif number in children and event & (select.POLLHUP | select.POLLERR):
                os.kill(children[number][0], signal.SIGKILL)
                waiting.unregister(number)
        for number in _ended(children):
            talk = children.pop(number)[1]
            with contextlib.suppress(KeyError):
                waiting.unregister(number)
            talk.close()


def _accept(control: socket.socket) -> socket.socket | None:
    try:
        word, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    except ConnectionError:
        return None
    return socket.socket(fileno=descriptors[0]) if word and descriptors else None


def _hung_up(talk: socket.socket) -> bool:
    """Whether the caller gave up before its question was looked at."""
    look = select.poll()
    look.register(talk, 0)
    return bool(look.poll(0))


def _ended(children: dict[int, tuple[int, socket.socket]]) -> list[int]:
    """Socket numbers of the children that ended since; those that gave no answer get their last words."""
    ended = []
    for number, (child, talk) in children.items():
        process, status = os.waitpid(child, os.WNOHANG)
        if process == 0:
            continue
        ended.append(number)
        if status != 0:
            by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            with contextlib.suppress(OSError):
                send_frame(talk, {"equal": None, "layer": "symbolic", "reason": _ENDED_BY.get(by, "worker_died")})
    return ended


def _kill(children: dict[int, tuple[int, socket.socket]]) -> None:
    for child, _ in children.values():
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
