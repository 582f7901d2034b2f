"""The jobs that a command would run and why, as Snakemake has it once its graph is there (9.27)."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any

from gradus.graph.profile_limits import job_name


@dataclass(frozen=True)
class PlannedJob:
    """rule: what runs. name: of the spec that it runs by, such as `models/sft`; of a rule without one its own.

    Why: forced by an option; missing: outputs that are asked for and not there; updated: inputs that are newer than the
    outputs, or others than before; after: names of the jobs that run and make its inputs anew; told: what else
    Snakemake says.
    """

    rule: str
    name: str
    forced: bool = False
    missing: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


TOLD = {
    "_incomplete_output": "stopped before it was done",
    "input_changed": "reads other files than before",
    "code_changed": "its rule changed",
    "params_changed": "its command changed",
    "software_stack_changed": "its environment changed",
    "noio": "runs each time",
    "nooutput": "runs each time",
}
"""Snakemake's further reasons, by the attributes of its Reason."""


def planned_jobs(workflow: Any) -> list[PlannedJob]:
    """Without targets that only name others. Asked for once the graph is there."""
    dag = workflow.dag
    runs = {job: job_name(job) for job in dag.needrun_jobs(exclude_finished=False) if not job.is_norun}
    return [_planned(dag, job, runs) for job in runs]


def _planned(dag: Any, job: Any, runs: dict[Any, str]) -> PlannedJob:
    reason = dag.reason(job)
    made = {str(file) for file in reason.updated_input_run}
    return PlannedJob(
        job.rule.name,
        runs[job],
        forced=bool(reason.forced),
        missing=_sorted(reason.missing_output),
        updated=_sorted(set(reason.updated_input) - set(reason.updated_input_run)),
        after=tuple(sorted({runs[one] for one in _makers(dag, job, made) if one in runs})),
        told=tuple(words for attribute, words in TOLD.items() if getattr(reason, attribute)),
    )


def _makers(dag: Any, job: Any, files: Set[str]) -> Iterator[Any]:
    for maker, read in dag.dependencies[job].items():
        if files & set(map(str, read)):
            yield maker


def _sorted(files: Any) -> tuple[str, ...]:
    return tuple(sorted(map(str, files)))
