"""A job of this backend trains on one GPU. To be imported before torch, which looks for GPUs once.

Where several are visible and no launcher runs, transformers would split each micro-batch over all of them
(`DataParallel`) and so multiply the batch, silently.
"""

import os
import re
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

from gradus.provenance.errors import GradusError
from gradus.provenance.locks import NoLocks, Taken, hold

VISIBLE = "CUDA_VISIBLE_DEVICES"
DEVICES = Path("/dev")


def pin(environment: MutableMapping[str, str], devices: Path = DEVICES, locks: Path | None = None) -> None:
    """Leave one GPU visible: the first that no other job of this machine has taken so, or else the first.

    devices: where drivers list their GPUs as `nvidia0` and so on, asked where the environment names none.
    locks: the folder of the files by which jobs tell each other; by default that of temporary files.
    """
    named = environment.get(VISIBLE)
    if named is None:
        there = (re.fullmatch(r"nvidia(\d+)", path.name) for path in devices.iterdir())
        visible = [str(number) for number in sorted(int(found[1]) for found in there if found)]
    else:
        visible = [name for name in (part.strip() for part in named.split(",")) if name]
    if len(visible) > 1:
        folder = locks or Path(tempfile.gettempdir())
        free = (name for name in visible if _take(folder / f"gradus-gpu-{os.getuid()}-{name}.lock"))
        environment[VISIBLE] = next(free, visible[0])


def _take(path: Path) -> bool:
    """Whether a lock was free, and is this process' now. In a folder without locks none is ever free."""
    try:
        hold(path)
    except (Taken, NoLocks):
        return False
    return True


def check(gpus: int, processes: int) -> None:
    """Raises GradusError where TRL would train on more than one device all the same, and so on a larger batch."""
    if gpus > 1:
        raise GradusError(f"backend: trl trains on one GPU and sees {gpus}: set {VISIBLE} to one of them")
    if processes > 1:
        raise GradusError(
            f"backend: trl trains in one process, a launcher started {processes}: run the job by snakemake alone"
        )


pin(os.environ)
