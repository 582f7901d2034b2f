"""An estimate of one job, and what it runs on."""

from collections.abc import Callable
from dataclasses import dataclass

from gradus.estimates.memory import GB
from gradus.estimates.study_specs import JobSpec, StudySpecs


@dataclass(frozen=True)
class Machine:
    """What a profile says that jobs run on.

    has_gpu: False where what would take a GPU runs on the CPU instead (`gpu=0`).
    gpu_bytes: memory of one GPU. By default that of an H100 or A100 of "80 GB".
    """

    has_gpu: bool = True
    gpu_bytes: int = 80 * GB


ONE_GPU = Machine()


@dataclass(frozen=True)
class Asked:
    """What a job is expected to take, without margins.

    host_bytes: of all its processes together.
    gpu_bytes: of each of its GPUs.
    waits: for a service, as long as that takes.
    """

    host_bytes: int
    seconds: float = 0.0
    gpus: int = 0
    gpu_bytes: int = 0
    threads: int = 1
    waits: bool = False


Estimate = Callable[[JobSpec, StudySpecs, Machine], Asked]
