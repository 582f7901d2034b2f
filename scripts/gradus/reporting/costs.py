"""What the study took: the ledger by stage and by job. Columns that are zero throughout are left out."""

from dataclasses import asdict
from typing import Any

from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.ledger import LedgerRow, StageTotal, stage_totals

COLUMNS = (
    ("wall_seconds", "Wall time", formats.duration),
    ("gpu_seconds", "GPU time", formats.duration),
    ("tokens_in", "Tokens in", formats.count),
    ("tokens_out", "Tokens out", formats.count),
    ("dollars", "Dollars", formats.dollars),
    ("attempts", "Attempts", formats.count),
    ("peak_memory", "Peak memory", formats.gigabytes),
    ("peak_gpu_memory", "Peak on the GPU", formats.gigabytes),
    ("planned_memory", "Planned", formats.gigabytes),
)


def section(inputs: ReportInputs) -> dict[str, Any] | None:
    """Rows by stage with a total, and rows by job, in the order of the ledger; None without one."""
    if not inputs.ledger:
        return None
    *stages, total = stage_totals(inputs.ledger)
    columns = [column for column in COLUMNS if getattr(total, column[0])]
    return {
        "columns": [title for _, title, _ in columns],
        "stages": [{"name": stage.stage, "jobs": stage.jobs, "values": _values(stage, columns)} for stage in stages],
        "total": {"jobs": total.jobs, "values": _values(total, columns)},
        "jobs": [
            {"stage": row.stage, "name": row.name, "machine": row.machine, "values": _values(row, columns)}
            for row in inputs.ledger
        ],
        "retried": total.attempts > total.jobs,
    }


def _values(row: LedgerRow | StageTotal, columns: list) -> list[dict[str, Any]]:
    record = asdict(row)
    return [{"text": write(record[key]), "sort": record[key]} for key, _, write in columns]
