"""Limits that a worker sets on itself before it reads any of an answer. The kernel enforces them."""

import os
import resource
import signal
import sys

CPU_SECONDS = 0.4
"""A comparison's budget: CPU time and not wall-clock time, so that a busy machine changes no verdict."""

MEMORY_BYTES = 512 << 20
"""Address space of a worker, of which SymPy itself takes about 70 MB."""

RECURSION = 3000

_FORBIDDEN = ("os.", "subprocess.", "shutil.", "socket.connect", "socket.bind", "pty.", "ctypes.", "sys.addaudithook")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Forbidden(BaseException):
    """Code in a worker tried something that no comparison needs. Not an Exception, so that no library catches it."""


def limit_worker(cpu_seconds: float = CPU_SECONDS, memory_bytes: int = MEMORY_BYTES) -> None:
    """Limit this process irrevocably: CPU time, memory, recursion, no core dump, no files written, no new processes."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(RECURSION)
    sys.dont_write_bytecode = True  # late imports must not write
    sys.addaudithook(_refuse)
    # Without a handler SIGPROF ends the process even inside one long call of C code.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook. Text of an answer is never executed; should a library's bug do so, the code can do no harm."""
    if event == "open":
        if isinstance(arguments[2], int) and arguments[2] & _WRITING:
            raise Forbidden(f"{event} for writing")
    elif event.startswith(_FORBIDDEN) and event not in ("os.listdir", "os.scandir"):
        raise Forbidden(event)
