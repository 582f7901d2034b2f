"""Shares as fields of votes.csv and pass_at_k.csv, whose rows of one experiment and benchmark belong together."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from gradus.evaluation.csv_rows import Record, records
from gradus.evaluation.shares import Alone, SampledCell, Share

Row = TypeVar("Row")
Cell = TypeVar("Cell")
BETWEEN_RUNS = ";"
"""Between the values of the training runs in a field."""
SIZES = ("n", "benchmark_n", "samples", "runs")
CELL_COLUMNS = (
    *SIZES,
    "trained",
    *("greedy", "greedy_lo", "greedy_hi", "greedy_by_run", "greedy_samples", "greedy_temperature"),
)
"""Those that both files have, the same in all rows of an experiment and benchmark."""


def share_fields(name: str, share: Share) -> dict[str, str]:
    """Six significant digits; runs are in the order of their seeds."""
    low, high = share.ci95
    numbers = {name: share.value, f"{name}_lo": low, f"{name}_hi": high}
    fields = {column: f"{number:.6g}" for column, number in numbers.items()}
    return fields | {f"{name}_by_run": BETWEEN_RUNS.join(f"{value:.6g}" for value in share.by_run)}


def read_share(record: Record, name: str) -> Share:
    """Raises ValueError for what is no number."""
    low, high, by_run = float(record[f"{name}_lo"]), float(record[f"{name}_hi"]), record[f"{name}_by_run"]
    return Share(float(record[name]), (low, high), [float(value) for value in by_run.split(BETWEEN_RUNS) if value])


def cell_fields(cell: SampledCell) -> dict[str, str | int]:
    """The names, and `CELL_COLUMNS`."""
    sizes = {name: getattr(cell, name) for name in ("experiment", "benchmark", *SIZES)}
    return sizes | {"trained": str(cell.trained).lower(), **_alone_fields(cell.greedy)}


def read_cell(record: Record) -> SampledCell:
    """Raises ValueError for what is no number."""
    return SampledCell(
        experiment=record["experiment"],
        benchmark=record["benchmark"],
        trained=record["trained"] == "true",
        greedy=_read_alone(record),
        **{name: int(record[name]) for name in SIZES},
    )


def _alone_fields(alone: Alone | None) -> dict[str, str]:
    if alone is None:
        return {}
    about = {"greedy_samples": str(alone.samples), "greedy_temperature": f"{alone.temperature:g}"}
    return share_fields("greedy", alone) | about


def _read_alone(record: Record) -> Alone | None:
    """Raises ValueError for what is no number."""
    if not record["greedy"]:
        return None
    share, samples = read_share(record, "greedy"), int(record["greedy_samples"])
    return Alone(share.value, share.ci95, share.by_run, samples, float(record["greedy_temperature"]))


def read_cells(
    path: str | Path,
    columns: Sequence[str],
    row: Callable[[Record], Row],
    cell: Callable[[Record, Sequence[Row]], Cell],
) -> list[Cell]:
    """row: of a line. cell: of the first line of an experiment and benchmark, and all its rows.

    Raises GradusError where a column is missing, or holds no number where it should.
    """
    found: dict[tuple[str, str], tuple[Record, list[Row]]] = {}
    with records(path, columns) as lines:
        for record in lines:
            _, rows = found.setdefault((record["experiment"], record["benchmark"]), (record, []))
            rows.append(row(record))
        return [cell(record, rows) for record, rows in found.values()]
