"""What a job asks of the machine: host memory, GPU, threads and minutes, from an estimate of that very job."""

from dataclasses import dataclass

from gradus.estimates.asked import ONE_GPU, Asked, Machine
from gradus.estimates.assumed import with_assumed
from gradus.estimates.data_jobs import DATA_JOBS
from gradus.estimates.model_jobs import MODEL_JOBS
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.estimates.table_jobs import TABLE_JOBS
from gradus.estimates.text_jobs import TEXT_JOBS
from gradus.specs.base import JobSettings

MEMORY_MARGIN = 1.25
"""Of the host's memory that is asked for to what is estimated: a job that needs more is killed."""

TIME_MARGIN = 2.0
"""Of the minutes that are asked for to those estimated; what is estimated is that completions are as long as they may
be."""

LEAST_MINUTES = 10
"""Starting Python and reading its packages may take a minute on the network disk of a cluster."""

MINUTES_AT_SERVICE = 24 * 60
"""For a job that mostly waits for a service: how long that takes is not for this machine to say."""

MB = 10**6
_STEP_MB = 50


@dataclass(frozen=True)
class Resources:
    """What Snakemake's rules ask for. MB are 10^6 bytes; `gpu` is a number of GPUs, `gpu_mem_mb` the memory of each."""

    mem_mb: int
    gpu: int
    gpu_mem_mb: int
    threads: int
    runtime_minutes: int


def resources_of(spec: JobSpec, study: StudySpecs, machine: Machine = ONE_GPU) -> Resources:
    """Of a job of the study, see `expected`, with margins."""
    return with_margins(expected(spec, study, machine))


def with_margins(asked: Asked) -> Resources:
    minutes = MINUTES_AT_SERVICE
    if not asked.waits:
        minutes = max(LEAST_MINUTES, -(-round(TIME_MARGIN * asked.seconds) // 60))
    return Resources(
        mem_mb=-(-round(MEMORY_MARGIN * asked.host_bytes / MB) // _STEP_MB) * _STEP_MB,
        gpu=asked.gpus,
        gpu_mem_mb=-(-asked.gpu_bytes // MB),
        threads=asked.threads,
        runtime_minutes=minutes,
    )


def expected(spec: JobSpec, study: StudySpecs, machine: Machine = ONE_GPU) -> Asked:
    """Of a job of the study. Nothing of the results is read but the shapes of models that are there already.

    machine: what the profile says that jobs run on.
    """
    return _ESTIMATES[type(spec.settings)](with_assumed(study, spec), study, machine)


_ESTIMATES = {**DATA_JOBS, **TABLE_JOBS, **TEXT_JOBS, **MODEL_JOBS}


def kinds() -> set[type[JobSettings]]:
    """The settings of all kinds of jobs that are estimated."""
    return set(_ESTIMATES)
