"""The most memory that this process has held, for the ledger."""

import re
import resource
import sys
from pathlib import Path

NAMES = ("peak_memory", "peak_gpu_memory", "gpu_memory")
"""As the ledger has them: the most held on the host and in tensors on a GPU, and what that GPU has."""


def bytes_held() -> dict[str, int]:
    return dict(zip(NAMES, (host_bytes(), *gpu_bytes()), strict=True))


def host_bytes() -> int:
    """Of the host, its largest child process included if that held more."""
    unit = 1 if sys.platform == "darwin" else 1024
    return max(_own_bytes(), unit * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def _own_bytes() -> int:
    """On Linux not ru_maxrss, which knows what the process held under other programs too: a job's is begun by
    Snakemake, and takes the place of a shell."""
    status = Path("/proc/self/status")
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE) if status.is_file() else None
    if peak:
        return 1024 * int(peak[1])
    return (1 if sys.platform == "darwin" else 1024) * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def gpu_bytes() -> tuple[int, int]:
    """In tensors on the GPU, as torch has counted them, and the memory of that GPU; zeros where none was used."""
    torch = sys.modules.get("torch")  # a job that never imported it need not begin now
    if torch is None or not torch.cuda.is_initialized():
        return 0, 0
    device = torch.cuda.current_device()
    return torch.cuda.max_memory_allocated(device), torch.cuda.get_device_properties(device).total_memory
