"""An estimate of one job, and what it runs on."""

from collections.abc import Callable
from dataclasses import dataclass

from gradus.estimates.memory import GB
from gradus.estimates.speeds import PROCESS_SECONDS
from gradus.estimates.study_specs import JobSpec, StudySpecs

USUAL_SHARE = 0.1
"""Of the seconds of jobs that hold texts: what they may take a row is for the longest answers. An assumption for
published sets; the pocket study's, whose answers are short numbers, take 0.03 to 0.1."""


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
    """What a job takes at most, without margins, and how long it takes as a rule.

    host_bytes: of all its processes together.
    seconds: where texts are as long as they may be and the machine is slow.
    gpu_bytes: of each of its GPUs.
    waits: for a service, as long as that takes.
    expected: seconds that its work takes as a rule; None: a usual share of `seconds`.
    start: seconds until its process has imported what it needs, which its ledger entry does not count.
    load: seconds until it has loaded what jobs that are done in one process load once.
    """

    host_bytes: int
    seconds: float = 0.0
    gpus: int = 0
    gpu_bytes: int = 0
    threads: int = 1
    waits: bool = False
    expected: float | None = None
    start: float = PROCESS_SECONDS
    load: float = 0.0

    @property
    def work(self) -> float:
        """Seconds that its work takes as a rule, once its process is up and has loaded what it needs."""
        return USUAL_SHARE * self.seconds if self.expected is None else self.expected


Estimate = Callable[[JobSpec, StudySpecs, Machine], Asked]
