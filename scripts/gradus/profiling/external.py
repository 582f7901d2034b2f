"""NVIDIA's profilers on the same steps of the same training."""

import shlex
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from gradus.provenance.errors import GradusError

CAPTURE = "--capture"
"""The option by which `scripts/profile_training.py` leaves the profiling to another program."""

MOST_KERNELS = 200
"""That `ncu` looks at: it runs each of them many times over."""


def commands(script: str, arguments: Sequence[str], folder: Path) -> list[str]:
    """Command lines of Nsight Systems and Nsight Compute for a run of this script. Both look at the measured steps
    alone, `ncu` at kernels of their forward passes."""
    run = shlex.join([sys.executable, script, *arguments, CAPTURE])
    nsys = shlex.join(
        [
            *("nsys", "profile", "--trace=cuda,nvtx,osrt", "--cuda-memory-usage=true", "--force-overwrite=true"),
            *("--capture-range=cudaProfilerApi", "--capture-range-end=stop", f"--output={folder / 'nsys'}"),
        ]
    )
    ncu = shlex.join(
        [
            *("ncu", "--profile-from-start=off", "--target-processes=all", "--nvtx", "--nvtx-include=forward/"),
            *(f"--launch-count={MOST_KERNELS}", "--force-overwrite", f"--export={folder / 'ncu'}"),
        ]
    )
    return [f"{nsys} {run}", f"{ncu} {run}"]


@contextmanager
def capture_range() -> Generator[None]:
    """What a profiler looks at that was told to wait for cudaProfilerStart. Raises GradusError without a GPU."""
    if not torch.cuda.is_available():
        raise GradusError(f"{CAPTURE}: nsys and ncu look at a GPU, and this process sees none; leave {CAPTURE} out")
    torch.cuda.profiler.start()
    try:
        yield
    finally:
        torch.cuda.synchronize()
        torch.cuda.profiler.stop()
