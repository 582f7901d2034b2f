"""Bytes that this process holds: in tensors on its GPU where it uses one, else of the host."""

import os
from contextlib import suppress
from pathlib import Path

import torch

from gradus.provenance import peak


def held_bytes() -> int:
    """Now."""
    if torch.cuda.is_initialized():
        return torch.cuda.memory_allocated()
    pages = Path("/proc/self/statm")  # Linux
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if pages.is_file() else peak.host_bytes()


def peak_bytes() -> int:
    """At most, since `forget_peak`; where the system cannot forget, since the process began."""
    return torch.cuda.max_memory_allocated() if torch.cuda.is_initialized() else peak.host_bytes()


def forget_peak() -> None:
    if torch.cuda.is_initialized():
        torch.cuda.reset_peak_memory_stats()
        return
    with suppress(OSError):  # not Linux, or not allowed in this container
        Path("/proc/self/clear_refs").write_text("5")


def counted_memory() -> str:
    """Whose bytes processes count that train here; known without a CUDA context, which takes memory itself."""
    return "GPU" if torch.cuda.device_count() else "host"


def device_name() -> str:
    threads = torch.get_num_threads()
    on_cpu = f"the CPU, {threads} thread{'s' * (threads > 1)}"
    return torch.cuda.get_device_name() if torch.cuda.is_initialized() else on_cpu
