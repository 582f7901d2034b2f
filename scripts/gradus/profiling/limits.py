"""How much memory a process may have, and whether it ended for want of it."""

import os
import re
import resource
import signal
import threading
import time
from pathlib import Path

import torch

HOST_SHARE = 0.9
"""Of what the host has left: more would have the system end processes, maybe others than this."""

WORDS = (
    *("can't allocate memory", "out of memory", "bad_alloc", "Cannot allocate memory", "MemoryError"),
    "memory allocation of",
)
"""Of torch's allocators, CUDA, C++, the system, Python, and Rust."""

OUT_OF_MEMORY = 87
"""The exit code of a process that has ended itself for want of memory."""

MOST_SECONDS_AT_LIMIT = 5

NEAR_LIMIT = 64 * 1024**2
"""Bytes: where less is left of a limit, it is why a library fails, whatever it says."""


def limit_memory(given: int | None, processes: int = 1) -> None:
    """Allow this process so many bytes: in tensors on the GPU, or of the host where there is none.

    None: all of the GPU, or HOST_SHARE of what the host has left. processes: that train together, each on a GPU of its
    own; they share a host.
    """
    if torch.cuda.is_available():
        if given is not None:
            total = torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory
            torch.cuda.set_per_process_memory_fraction(min(1.0, given / total))
        return
    shared = given if given is not None else _left()
    if shared is not None:
        limit = shared // processes
        # Memory that can be written. The address space (RLIMIT_AS) is several times what is used.
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        if is_at_limit():
            raise MemoryError("taken before the training has begun")
        threading.Thread(target=_end_at_limit, daemon=True).start()


def _end_at_limit() -> None:
    """Threads of libraries that cannot have memory may wait for each other for ever."""
    seconds = 0
    while seconds < MOST_SECONDS_AT_LIMIT:
        time.sleep(1)
        seconds = seconds + 1 if is_at_limit() else 0
    os._exit(OUT_OF_MEMORY)


def is_at_limit() -> bool:
    """Whether nothing to speak of is left of what `limit_memory` allowed of the host."""
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    held = re.search(r"^VmData:\s+(\d+) kB$", _read("/proc/self/status"), re.MULTILINE)
    return limit != resource.RLIM_INFINITY and held is not None and 1024 * int(held[1]) + NEAR_LIMIT >= limit


def is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or _says_so(str(error))


def ended_out_of_memory(code: int, said: str) -> bool:
    """Whether a process did, by its exit code and the end of what it said. The system ends one with SIGKILL; libraries
    end themselves where they cannot have what they ask for."""
    if code in (-signal.SIGKILL, OUT_OF_MEMORY):
        return True
    return code != 0 and _says_so(said)


def _says_so(text: str) -> bool:
    return any(word in text for word in WORDS)


def _left() -> int | None:
    """None where the system does not say (it is not Linux)."""
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", _read("/proc/meminfo"), re.MULTILINE)
    return int(HOST_SHARE * 1024 * int(found[1])) if found else None


def _read(path: str) -> str:
    """Empty where there is no such file, as outside Linux."""
    return Path(path).read_text(encoding="utf-8") if Path(path).is_file() else ""
