"""How long the jobs of a study take that a command would run: put together from graph, estimates and ledger."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from gradus.estimates.asked import Asked, Machine
from gradus.estimates.build_time import BuildTime, Capacity, JobTime, job_time
from gradus.estimates.counts import rows_read
from gradus.estimates.dollars import costs_of
from gradus.estimates.measured import MeasuredTimes
from gradus.estimates.resources import expected, with_margins
from gradus.estimates.study_specs import StudySpecs
from gradus.estimates.tokens import work_of
from gradus.estimates.work import Modelled
from gradus.graph.graph import Graph
from gradus.graph.job import Job
from gradus.graph.ledger_times import measured_times
from gradus.graph.order import Order
from gradus.graph.planned_ahead import shared_load
from gradus.provenance.machine import this_machine
from gradus.specs.traces import ReadTracesSpec
from gradus.study.replicates import Replicates
from gradus.study.services import service_file


def build_time(
    graph: Graph,
    study: StudySpecs,
    names: Iterable[str],
    takes: Callable[[str], Asked],
    machine: Machine,
    capacity: Capacity,
    gpu_hour_cents: int | None = None,
    reads: bool = True,
) -> BuildTime:
    """Of the jobs of these names. takes: what each takes by its estimate, on such a machine. reads: the ledger, too."""
    jobs = [graph.jobs[name] for name in dict.fromkeys(names) if name in graph.jobs]
    on_cluster = capacity.places is not None
    measured = _measured(graph, jobs, on_cluster) if jobs and reads else MeasuredTimes([])
    loads = {} if on_cluster else _shared_loads(jobs)
    dollars = _dollars(graph, study)
    # Jobs that were done are estimated by their settings alone, and compared with what is estimated likewise.
    bare = StudySpecs(study.specs, study.results)

    def time(job: Job) -> JobTime:
        asked = takes(job.name)
        seconds = measured.seconds(job.spec, expected(job.spec, bare, machine)) if measured.entries else None
        memory, spent = with_margins(asked).mem_mb, dollars.get(job.name, 0.0)
        return job_time(job.spec, asked, memory, seconds, loads.get(job.name, ""), spent)

    found = [time(job) for job in jobs]
    estimated = (graph.jobs[each.name] for each in found if not each.is_measured)
    assumed = tuple(job.name for job in estimated if _is_assumed(job, study))
    price = gpu_hour_cents / 100 if gpu_hour_cents else None
    return BuildTime(found, Order(graph).before, capacity, price, assumed)


def _measured(graph: Graph, jobs: Sequence[Job], on_cluster: bool) -> MeasuredTimes:
    experiments = {name: run.experiment for name, run in Replicates(graph.study).by_name.items()}
    ran_on = None if on_cluster else this_machine()
    return measured_times(Path(graph.root).parent, [job.spec for job in jobs], ran_on, experiments)


def _shared_loads(jobs: Sequence[Job]) -> dict[str, str]:
    """By name, what a job loads that others of these load too, so that one process can do several."""
    loads = {job.name: shared_load(job) for job in jobs}
    times = Counter(loads.values())
    return {name: load for name, load in loads.items() if times[load] > 1}


def _dollars(graph: Graph, study: StudySpecs) -> dict[str, float]:
    """Expected of the jobs at a service, where its price is known."""
    service = service_file(graph.study)
    costs = [] if service is None else costs_of(study, service)
    return {cost.name: cost.expected for cost in costs if cost.expected is not None}


def _is_assumed(job: Job, study: StudySpecs) -> bool:
    """Whether the number of its rows is not known, and so assumed."""
    if isinstance(job.settings, ReadTracesSpec):
        return rows_read(study, job.settings) is None
    return isinstance(job.settings, Modelled) and work_of(study, job.spec, 1.0) is None


def capacity_of(workflow: Any) -> Capacity:
    """Of a command, by its options and its profile.

    `--jobs` beside `--cores`, as clusters need it, lifts the limit of cores (Snakemake 9.27).
    """
    limits = {name: limit.value for name, limit in workflow.global_resources.items() if limit is not None}
    limits = {name: value for name, value in limits.items() if isinstance(value, int)}
    if (places := limits.get("_nodes")) is not None or not workflow.local_exec:
        return Capacity(places=places or sys.maxsize)
    return Capacity(limits.get("_cores"), limits.get("gpu"), limits.get("mem_mb"))
