"""Which GPUs a job sees: as many as the build grants it, and none that another job of this machine has.

A build notes in its results how many each job is granted, as Snakemake tells a job's command nothing of it. A job takes
that many of the devices that `CUDA_VISIBLE_DEVICES` names, or else of all that the driver lists, by holding a lock for
each, as long as it lives. All users and builds of the machine use the same locks. A job that is granted none sees none.
Within an allocation of SLURM the devices are chosen already, unless it has more of them than the job is granted: then
several jobs share it.

What is chosen is set before CUDA is initialised, which reads it once, and everything that the job starts inherits it.
"""

import random
import re
import subprocess
import time
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.provenance.locks import NoLocks, Taken, hold_with_others, release

VISIBLE = "CUDA_VISIBLE_DEVICES"
ORDER = "CUDA_DEVICE_ORDER"

GRANTS = ".gpus.json"
"""In the folder of results: how many GPUs each job is granted that is granted any."""

LOCKS = Path("/tmp")
"""Not the folder of temporary files that the environment names: builds with different ones would not meet."""

POLL_SECONDS = 1.0
"""Between looks for a device that is free."""

LIST_SECONDS = 60.0
"""For the driver to list its devices: one that has to be loaded first takes some ten."""


@dataclass(frozen=True)
class Device:
    """A GPU, or a slice of one (MIG). `index` is the GPU's number in the driver's order."""

    index: int
    uuid: str


def note_grants(results: Path, gpus: dict[str, int]) -> None:
    """Note how many GPUs a build grants to each of its jobs, by their names."""
    path = results / GRANTS
    granted = {name: count for name, count in sorted(gpus.items()) if count}
    if not path.is_file() or read_json(path) != granted:
        write_json(path, granted)


def granted(results: Path, job: str) -> int | None:
    """How many GPUs the last build granted a job; None where there was none that noted it."""
    path = results / GRANTS
    return read_json(path).get(job, 0) if path.is_file() else None


def take(count: int, environment: MutableMapping[str, str], log: Callable[[str], None]) -> None:
    """Have `count` GPUs be visible in `environment`, for as long as this process lives; wait while too few are free.

    Raises GradusError where there are fewer.
    """
    if count == 0:
        environment[VISIBLE] = ""
        return
    named = environment.get(VISIBLE)
    there = listed()
    names = _of_the_driver(there) if named is None else [name for part in named.split(",") if (name := part.strip())]
    if len(names) <= count and "SLURM_JOB_ID" in environment and (named or environment.get("SLURM_JOB_GPUS")):
        log(f"GPU {', '.join(names)} of SLURM's allocation")
        return
    if len(names) < count:
        where = f"{VISIBLE} names {len(names)}" if named is not None else f"this machine has {len(names)}"
        raise GradusError(
            f"the build grants this job {count} GPU{'s' * (count > 1)}, and {where}: lower `gpu` among the `resources` "
            "of the profile (gpu=0: jobs run on the CPU), or in its `set-resources`"
        )
    keys = {name: _identity(name, there) for name in names}
    chosen = _wait_for(count, keys, log)
    environment[VISIBLE] = ",".join(chosen)
    if named is None:
        environment.setdefault(ORDER, "PCI_BUS_ID")  # in which the driver lists them
    log(f"GPU {', '.join(chosen)}")


def listed() -> list[Device]:
    """The GPUs that the driver lists; none where there is no driver. Raises GradusError where it fails.

    A GPU that is cut into slices is not among them, its slices are.
    """
    try:
        answer = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False, timeout=LIST_SECONDS)
    except FileNotFoundError:
        return []
    except subprocess.TimeoutExpired:
        raise GradusError(f"nvidia-smi -L: no answer within {LIST_SECONDS:.0f} s: restart the driver") from None
    found: list[Device] = []
    index = -1
    for line in answer.stdout.splitlines():
        if gpu := re.match(r"GPU (\d+): .*\(UUID: (GPU-[^)]+)\)", line):
            index = int(gpu[1])
            found.append(Device(index, gpu[2]))
        elif part := re.match(r"\s+MIG .*\(UUID: (MIG-[^)]+)\)", line):
            found = [device for device in found if device.index != index or device.uuid.startswith("MIG-")]
            found.append(Device(index, part[1]))
    if answer.returncode and not found and "No devices" not in answer.stdout:
        said = (answer.stderr or answer.stdout).strip().splitlines() or ["nothing"]
        raise GradusError(f"nvidia-smi -L: failed with {answer.returncode} and said {said[0]!r}: check the driver")
    return found


def _of_the_driver(devices: Iterable[Device]) -> list[str]:
    """Names of devices. A whole GPU's is its number: vLLM reads no other."""
    return [device.uuid if device.uuid.startswith("MIG-") else str(device.index) for device in devices]


def _identity(name: str, devices: Iterable[Device]) -> str:
    """The one name by which all jobs know a device, whether it is named by number, UUID, or the beginning of that."""
    for device in devices:
        if name == str(device.index) or (name.startswith(("GPU-", "MIG-")) and device.uuid.startswith(name)):
            return device.uuid
    return name


def _wait_for(count: int, keys: dict[str, str], log: Callable[[str], None]) -> list[str]:
    """Hold the locks of `count` of the devices, all at once, so that no two jobs wait for each other."""
    waits = False
    while True:
        held = {}
        for name, key in keys.items():
            path = LOCKS / f"gradus-gpu-{re.sub(r'[^A-Za-z0-9-]', '_', key)}.lock"
            try:
                held[name] = hold_with_others(path)
            except Taken:
                continue
            except NoLocks as error:
                raise GradusError(
                    f"{path}: jobs cannot tell which GPUs are free, as it cannot be locked ({error})"
                ) from None
            if len(held) == count:
                return list(held)
        for file in held.values():
            release(file)
        if not waits:
            log(f"waits for {count} of the GPUs {', '.join(keys)}, which other jobs have")
            waits = True
        time.sleep(POLL_SECONDS * random.uniform(0.5, 1.5))
