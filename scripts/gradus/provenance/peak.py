"""The most memory that this process has held, for the ledger."""

import resource
import sys


def host_bytes() -> int:
    """Of the host, its largest child process included if that held more."""
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def gpu_bytes() -> tuple[int, int]:
    """In tensors on the GPU, as torch has counted them, and the memory of that GPU; zeros where none was used."""
    torch = sys.modules.get("torch")  # a job that never imported it need not begin now
    if torch is None or not torch.cuda.is_initialized():
        return 0, 0
    device = torch.cuda.current_device()
    return torch.cuda.max_memory_allocated(device), torch.cuda.get_device_properties(device).total_memory
