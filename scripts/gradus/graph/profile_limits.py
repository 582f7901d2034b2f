"""The limits of a profile, and requests above them, which Snakemake lowers to the limit without a word.

`gpu` and `mem_mb` are what all jobs together may have at a time. `gpu_mem_mb` is the memory of one GPU, as jobs take
whole ones: it is a limit of each job alone, which Snakemake does not know, and so it is taken from it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from gradus.estimates.asked import Machine
from gradus.estimates.resources import MB

LIMITED = {
    "gpu": "number of GPUs",
    "gpu_mem_mb": "memory of a GPU",
    "mem_mb": "memory of the machine",
}


@dataclass(frozen=True)
class ProfileLimits:
    """Those that a profile or the command line sets (`--resources gpu=1`); None: no limit.

    gpu_hour_cents is no limit but a price, of an hour of one GPU: it is said where its memory is.
    """

    gpu: int | None
    gpu_mem_mb: int | None
    mem_mb: int | None
    gpu_hour_cents: int | None = None

    @classmethod
    def take(cls, workflow: Any) -> "ProfileLimits":
        """Of Snakemake's workflow, which keeps those that it shares among jobs."""
        limits = cls(**{field.name: _limit(workflow, field.name) for field in fields(cls)})
        for name in ("gpu_mem_mb", "gpu_hour_cents"):
            if getattr(limits, name) is not None:
                workflow.global_resources[name] = None
        return limits

    def as_options(self) -> str:
        """Of `scripts/plan.py`, without those that are not set."""
        options = {"gpu-mem-mb": self.gpu_mem_mb, "gpus": self.gpu, "gpu-hour-cents": self.gpu_hour_cents}
        return " ".join(f"--{name} {value}" for name, value in options.items() if value)

    @property
    def machine(self) -> Machine:
        """Without a limit there are GPUs, as on a cluster, of the default size."""
        if self.gpu == 0:
            return Machine(has_gpu=False)
        return Machine() if self.gpu_mem_mb is None else Machine(gpu_bytes=self.gpu_mem_mb * MB)

    def exceeded(self, jobs: Iterable[Any]) -> list[str]:
        """A line for each limit that a request of these jobs of Snakemake's is above, `set-resources` included.

        With gpu=0 all of them run on the CPU, whatever they ask for.
        """
        limits = {name: limit for name in LIMITED if (limit := getattr(self, name)) is not None}
        if self.gpu == 0:
            limits = {name: limit for name, limit in limits.items() if not name.startswith("gpu")}
        above: dict[str, list[tuple[int, str]]] = {name: [] for name in limits}
        for job in jobs if limits else []:
            for name, limit in limits.items():
                asked = requested(job, name)
                if asked > limit:
                    above[name].append((asked, job_name(job)))
        return [_line(name, limits[name], sorted(found, reverse=True)) for name, found in above.items() if found]


def requested(job: Any, name: str) -> int:
    """What a job of Snakemake's asks for before it is lowered to a limit; 0 where its rule says nothing."""
    resource = job.rule.resources.get(name)
    if resource is None:
        return 0
    known = {"input": job.input, "attempt": 1, "threads": job.threads, "rulename": job.rule.name}
    value = resource.evaluate(job.wildcards, **known).value
    return value if isinstance(value, int) else 0


def job_name(job: Any) -> str:
    """As in the study's specs, such as models/sft; of a rule without one its own name."""
    spec = str(job.input.get("spec") or "")
    return spec.partition("/specs/")[2].removesuffix(".json") or job.rule.name


def _limit(workflow: Any, name: str) -> int | None:
    limit = workflow.global_resources.get(name)
    return None if limit is None or limit.value is None else int(limit.value)


def _line(name: str, limit: int, above: list[tuple[int, str]]) -> str:
    (most, job), *others = above
    more = {0: "", 1: ", as does one more job"}.get(len(others), f", as do {len(others)} more jobs")
    return (
        f"{job} asks for {name}={most}, above the limit {name}={limit} ({LIMITED[name]}){more}: raise the limit among "
        "the `resources` of the profile if there is more, or have the job ask for less: `snakemake plan` names the "
        "settings that decide, and `set-resources` in the profile takes precedence over them"
    )
