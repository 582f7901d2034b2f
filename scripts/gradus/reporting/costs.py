"""What the study took: the ledger by stage and by job. Columns that are zero throughout are left out."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, TypedDict

from gradus.reporting import formats, published_costs
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.ledger import LedgerRow, StageTotal, build_seconds, stage_totals
from gradus.reporting.published_costs import PublishedCostRow

Column = tuple[str, str, Callable[[Any], str]]
"""Field, title, and how a value is written."""

COLUMNS: tuple[Column, ...] = (
    ("wall_seconds", "Job time", formats.duration),
    ("gpu_seconds", "GPU time", formats.duration),
    ("tokens_in", "Tokens in", formats.count),
    ("tokens_out", "Tokens out", formats.count),
    ("dollars", "Dollars", formats.dollars),
    ("attempts", "Attempts", formats.count),
    ("peak_memory", "Peak memory", formats.gigabytes),
    ("peak_gpu_memory", "Peak on the GPU", formats.gigabytes),
    ("planned_memory", "Planned", formats.gigabytes),
)


class Value(TypedDict):
    """`sort` is what its column is sorted by."""

    text: str
    sort: float


class StageView(TypedDict):
    name: str
    jobs: int
    values: list[Value]


class JobView(TypedDict):
    stage: str
    name: str
    machine: str
    values: list[Value]


class Costs(TypedDict):
    """Values are in the order of the columns. `retried`: whether any job took more than one attempt.
    `build`: how long the whole took, empty where that is not known. `published`: trainings of which costs were
    published.
    """

    columns: list[str]
    stages: list[StageView]
    total: StageView
    jobs: list[JobView]
    retried: bool
    build: str
    published: list[PublishedCostRow]


def section(inputs: ReportInputs) -> Costs | None:
    """Rows by stage with a total, and rows by job; None without a ledger."""
    if not inputs.ledger:
        return None
    *stages, total = stage_totals(inputs.ledger)
    columns = [column for column in COLUMNS if getattr(total, column[0])]
    return {
        "columns": [title for _, title, _ in columns],
        "stages": [{"name": stage.stage, "jobs": stage.jobs, "values": _values(stage, columns)} for stage in stages],
        "total": {"name": total.stage, "jobs": total.jobs, "values": _values(total, columns)},
        "jobs": [
            {"stage": row.stage, "name": row.name, "machine": row.machine, "values": _values(row, columns)}
            for row in inputs.ledger
        ],
        "retried": total.attempts > total.jobs,
        "published": published_costs.rows(inputs),
        "build": "" if (seconds := build_seconds(inputs.ledger)) is None else formats.duration(seconds),
    }


def _values(row: LedgerRow | StageTotal, columns: Iterable[Column]) -> list[Value]:
    record = asdict(row)
    return [{"text": write(record[key]), "sort": record[key]} for key, _, write in columns]
