"""The ledger: what every job took. One small JSON a job, collected into `ledger.csv`, with totals per stage."""

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json


@dataclass(frozen=True)
class LedgerRow:
    """One job. GPU-seconds are wall time times GPUs held; dollars are what a paid service charged.

    Memory is in bytes: the most that the process held on the host and, in tensors, on the GPU, the GPU's own, and what
    was planned for the device that the job ran on; 0 where there is none, and for jobs of before it was measured.
    `ended`: when, in seconds since 1970; 0 for jobs of before it was written down.
    """

    stage: str
    name: str
    wall_seconds: float
    gpu_seconds: float
    tokens_in: int
    tokens_out: int
    dollars: float
    machine: str
    attempts: int
    peak_memory: int = 0
    peak_gpu_memory: int = 0
    gpu_memory: int = 0
    planned_memory: int = 0
    ended: float = 0.0


@dataclass(frozen=True)
class StageTotal:
    """The sum of a stage's jobs (or of all of them, with stage `total`); of their memory the most."""

    stage: str
    jobs: int
    wall_seconds: float
    gpu_seconds: float
    tokens_in: int
    tokens_out: int
    dollars: float
    attempts: int
    peak_memory: int
    peak_gpu_memory: int
    planned_memory: int


COLUMNS = tuple(field.name for field in fields(LedgerRow))
OPTIONAL = tuple(field.name for field in fields(LedgerRow) if field.default is not MISSING)


def ledger_row(record: Mapping[str, object], where: str) -> LedgerRow:
    """The typed row of one record, from JSON or from a CSV line. `where` names the file (and line) in errors.

    Raises GradusError when a column is missing or not a number, and for negative amounts.
    """
    values: dict[str, Any] = {}
    for name, kind in get_type_hints(LedgerRow).items():
        if (given := record.get(name)) is None:
            if name in OPTIONAL:
                continue
            raise GradusError(f"{where}: no `{name}`; delete the file and rerun its job to write it anew.")
        try:
            value = kind(given)
        except (TypeError, ValueError) as error:
            raise GradusError(
                f"{where}: `{name}` is {given!r}, not {kind.__name__}; "
                "delete the file and rerun its job to write it anew."
            ) from error
        # `not >= 0` also refuses NaN
        if kind is not str and not value >= 0:
            raise GradusError(f"{where}: `{name}` is {given!r}; it cannot be below zero.")
        values[name] = value
    return LedgerRow(**values)


def collect_ledger(
    paths: Iterable[str | Path], stages: Iterable[str], planned_memory: Callable[[LedgerRow], int] | None = None
) -> list[LedgerRow]:
    """The rows of the per-job files `ledger/<job>.json`, in the order of the stages, then by name, with the bytes that
    were planned for each job. Stages of a former release, which are not among `stages`, come last.

    Raises GradusError on a malformed or doubled file.
    """
    order = {stage: index for index, stage in enumerate(stages)}
    rows: dict[tuple[str, str], LedgerRow] = {}
    for path in sorted(Path(path) for path in paths):
        row = ledger_row(read_json(path), str(path))
        if (row.stage, row.name) in rows:
            raise GradusError(f"{path}: stage `{row.stage}`, name `{row.name}` is in another file too; remove one.")
        rows[row.stage, row.name] = replace(row, planned_memory=planned_memory(row)) if planned_memory else row
    return sorted(rows.values(), key=lambda row: (order.get(row.stage, len(order)), row.stage, row.name))


def stage_totals(rows: Iterable[LedgerRow]) -> list[StageTotal]:
    """One total a stage, in the order of the rows, then the total of everything (when there are rows)."""
    by_stage: dict[str, list[LedgerRow]] = {}
    for row in rows:
        by_stage.setdefault(row.stage, []).append(row)
    if not by_stage:
        return []
    everything = [row for found in by_stage.values() for row in found]
    return [*(_total(stage, found) for stage, found in by_stage.items()), _total("total", everything)]


def build_seconds(rows: Iterable[LedgerRow]) -> float | None:
    """How long any job ran: jobs side by side count once, and the time between two builds of a study does not. None
    where a job does not say when it ended.
    """
    spans = sorted((row.ended - row.wall_seconds, row.ended) for row in rows)
    if any(end == 0 for _, end in spans):
        return None
    total, until = 0.0, -math.inf
    for start, end in spans:
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total


def _total(stage: str, rows: list[LedgerRow]) -> StageTotal:
    summed = ("wall_seconds", "gpu_seconds", "tokens_in", "tokens_out", "dollars", "attempts")
    most = ("peak_memory", "peak_gpu_memory", "planned_memory")
    sums = {key: sum(getattr(row, key) for row in rows) for key in summed}
    return StageTotal(stage, len(rows), **sums, **{key: max(getattr(row, key) for row in rows) for key in most})


def ledger_csv(rows: Iterable[LedgerRow]) -> str:
    """The text of `ledger.csv`: a header and one line a job."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return buffer.getvalue()


def read_ledger(path: str | Path) -> list[LedgerRow]:
    """The rows of a `ledger.csv`."""
    with open(path, encoding="utf-8", newline="") as file:
        return [ledger_row(record, f"{path}, line {line}") for line, record in enumerate(csv.DictReader(file), 2)]
