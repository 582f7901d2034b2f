"""How long a build takes, and what it costs, told before it begins: one line a question.

A job's time is measured where jobs like it were done here, else estimated from its settings.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gradus.estimates.asked import Asked
from gradus.estimates.columns import aligned
from gradus.estimates.schedule import Task, critical_seconds, used_seconds, wall_seconds
from gradus.estimates.sizes import UNKNOWN_ROWS
from gradus.estimates.speeds import PROCESS_SECONDS
from gradus.estimates.study_specs import JobSpec

MEASURED, ESTIMATED = "measured here", "estimated"

NAMED = 5
"""Jobs that are named in a line."""

WORTH_SAYING = 1.2
"""How many times as long as the longest chain of jobs a build takes, for more cores to be worth a line."""


@dataclass(frozen=True)
class Capacity:
    """What jobs have at a time; None: not limited, or not known.

    cores, gpus, memory_mb: of this machine; 0 GPUs: what would take one runs on the CPU.
    places: how many jobs a cluster is given at a time, each on a machine of its own (sys.maxsize: all); None: they run
    here.
    """

    cores: int | None = None
    gpus: int | None = None
    memory_mb: int | None = None
    places: int | None = None

    @property
    def limits(self) -> dict[str, float]:
        known = {"cores": self.cores, "gpus": self.gpus, "memory_mb": self.memory_mb, "places": self.places}
        return {name: limit for name, limit in known.items() if limit}

    def __str__(self) -> str:
        if self.places is not None:
            places = "all jobs" if self.places == sys.maxsize else counted(self.places, "job")
            return f"{places} at a time, without the time in a queue"
        cores = "as many cores as jobs ask for" if self.cores is None else counted(self.cores, "core")
        return f"{cores} and {counted(self.gpus, 'GPU')}" if self.gpus else cores


@dataclass(frozen=True)
class JobTime:
    """One job that runs.

    seconds: of its work. start: until its process is up. load: until it has loaded what jobs of the same `loads` share.
    dollars: of a service.
    """

    name: str
    stage: str
    seconds: float
    is_measured: bool
    start: float = 0.0
    load: float = 0.0
    loads: str = ""
    threads: int = 1
    gpus: int = 0
    memory_mb: int = 0
    dollars: float = 0.0

    @property
    def source(self) -> str:
        return MEASURED if self.is_measured else ESTIMATED

    def task(self, before: Sequence[str]) -> Task:
        """A job that shares what it loads may be done in another one's process; its own then only puts it in place."""
        uses = {"cores": self.threads, "gpus": self.gpus, "memory_mb": self.memory_mb, "places": 1}
        if not self.loads:
            return Task(self.name, self.start + self.load + self.seconds, tuple(before), uses)
        more = self.start + self.load - PROCESS_SECONDS
        return Task(self.name, PROCESS_SECONDS + self.seconds, tuple(before), uses, self.loads, more)


def job_time(
    spec: JobSpec, asked: Asked, memory_mb: int, measured: float | None, loads: str = "", dollars: float = 0.0
) -> JobTime:
    """Of a job by its estimate, or by the seconds that jobs like it took, in which loading is included."""
    known = measured is not None
    return JobTime(
        spec.name,
        spec.stage,
        asked.work if measured is None else measured,
        known,
        asked.start,
        0.0 if known else asked.load,
        loads,
        asked.threads,
        asked.gpus,
        memory_mb,
        dollars,
    )


@dataclass(frozen=True)
class BuildTime:
    """The jobs that run, in the order of the graph, and what each waits for.

    gpu_hour_dollars: of one GPU; None: not known.
    assumed: jobs of trace sets whose number of rows is assumed, as nobody has read them yet.
    """

    jobs: list[JobTime]
    before: Mapping[str, Sequence[str]]
    capacity: Capacity
    gpu_hour_dollars: float | None = None
    assumed: tuple[str, ...] = ()

    @cached_property
    def tasks(self) -> list[Task]:
        return [job.task(self.before.get(job.name, ())) for job in self.jobs]

    @cached_property
    def core_seconds(self) -> dict[str, float]:
        return used_seconds(self.tasks, "cores")

    @cached_property
    def gpu_seconds(self) -> dict[str, float]:
        return used_seconds(self.tasks, "gpus")

    def wall_seconds(self) -> float:
        return wall_seconds(self.tasks, self.capacity.limits)

    def lines(self) -> Iterator[str]:
        """Wall time, core time, GPU hours and dollars, each with where it is known from; none where nothing runs."""
        if not self.jobs:
            return
        wall, chain = self.wall_seconds(), critical_seconds(self.tasks)
        work = f"{spoken(sum(self.core_seconds.values()))} of CPU-core time ({self._sources(self.core_seconds)})"
        yield f"time: about {spoken(wall)} for {counted(len(self.jobs), 'job')} with {self.capacity}; {work}"
        if wall > WORTH_SAYING * chain and chain > 60:
            yield f"time: {spoken(chain)} however many run at a time, as jobs wait for each other"
        if hours := sum(self.gpu_seconds.values()) / 3600:
            price = self.gpu_hour_dollars
            cost = "" if price is None else f", ${hours * price:,.2f} at ${price:g} an hour"
            yield f"GPU: {_hours(hours)} GPU hours{cost} ({self._sources(self.gpu_seconds)})"
        if dollars := sum(job.dollars for job in self.jobs):
            yield f"service: ${dollars:,.2f} expected for the jobs that run ({ESTIMATED})"
        if self.assumed:
            named = ", ".join(self.assumed[:NAMED]) + (", …" if len(self.assumed) > NAMED else "")
            yield f"time: taken to have {UNKNOWN_ROWS:,} rows, as their number is not known yet: {named}"

    def _sources(self, used: Mapping[str, float]) -> str:
        """How much of it is from where."""
        parts = {MEASURED: 0.0, ESTIMATED: 0.0}
        for job in self.jobs:
            parts[job.source] += used[job.name]
        whole = sum(parts.values())
        shares = {source: share for source, part in parts.items() if (share := round(100 * part / whole))}
        return ", ".join(source if len(shares) == 1 else f"{share}% {source}" for source, share in shares.items())

    def table(self, stages: Sequence[str]) -> str:
        """One row for the jobs of a kind that run and are known from one source."""
        lines = [["kind of job that runs", "source", "jobs", "CPU-core time", "longest", "GPU hours"]]
        groups: dict[tuple[int, str], list[JobTime]] = {}
        for job in self.jobs:
            groups.setdefault((stages.index(job.stage), job.source), []).append(job)
        for (stage, source), found in sorted(groups.items()):
            cores = [self.core_seconds[job.name] for job in found]
            longest = max(seconds / job.threads for seconds, job in zip(cores, found, strict=True))
            hours = sum(self.gpu_seconds[job.name] for job in found) / 3600
            times = [spoken(sum(cores)), spoken(longest), _hours(hours) if hours else "-"]
            lines.append([stages[stage], source, str(len(found)), *times])
        return "\n".join(aligned(lines, words=2))


def spoken(seconds: float) -> str:
    """A duration as one says it: 40 s, 7 min, 3 h 20 min, 2 days 5 h."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 36:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(round(seconds / 3600), 24)
    return f"{days} days {hours} h" if hours else f"{days} days"


def _hours(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 10 else f"{hours:.2g}"


def counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
