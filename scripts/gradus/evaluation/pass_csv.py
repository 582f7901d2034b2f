"""pass_at_k.csv: one row for each experiment, benchmark and k."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from gradus.evaluation.pass_at_k import PassAtK, PassCurve
from gradus.evaluation.share_fields import (
    CELL_COLUMNS,
    Record,
    cell_fields,
    read_cell,
    read_cells,
    read_share,
    share_fields,
)
from gradus.evaluation.shares import Share

COLUMNS = (
    *("experiment", "benchmark", "k", "pass", "pass_lo", "pass_hi", "pass_by_run", "pass_published"),
    *("gap", "gap_lo", "gap_hi", "gap_by_run", "temperature", *CELL_COLUMNS),
)
"""docs/results.md says what they hold."""


def render_csv(curves: Iterable[PassCurve]) -> str:
    """Six significant digits; pass@1 sampled is the row of k = 1, without a gap, and greedy is in each."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for curve in curves:
        about = cell_fields(curve) | {"temperature": f"{curve.temperature:g}"}
        for at in curve.at:
            row = about | {"k": at.k, **share_fields("pass", at)}
            if at.published is not None:
                row["pass_published"] = f"{at.published:.6g}"
            if at.gap is not None:
                row |= share_fields("gap", at.gap)
            writer.writerow(row)
    return text.getvalue()


def read_csv(path: str | Path) -> list[PassCurve]:
    """Raises GradusError where a column is missing, or holds no number where it should."""
    return read_cells(path, COLUMNS, _point, _curve)


def _point(record: Record) -> PassAtK:
    passed, published = read_share(record, "pass"), record["pass_published"]
    gap: Share | None = read_share(record, "gap") if record["gap"] else None
    value = float(published) if published else None
    return PassAtK(passed.value, passed.ci95, passed.by_run, int(record["k"]), gap, value)


def _curve(record: Record, points: Sequence[PassAtK]) -> PassCurve:
    return PassCurve(**vars(read_cell(record)), temperature=float(record["temperature"]), at=points)
