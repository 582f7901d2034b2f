"""The ablation table as CSV.

One row an experiment, with `run` empty, and below it one row a training run where there are several; empty fields where
it was not evaluated. A run's interval is of its questions alone and not given. Where benchmarks have parts there is a
column `part`, empty in these rows, and below them is one row a part, over all runs.
"""

from collections.abc import Iterable, Iterator

from gradus.evaluation import csv_rows
from gradus.evaluation.ablation_table import Ablation, Row
from gradus.evaluation.cells import Cell
from gradus.evaluation.published import PublishedValue

DESCRIPTION = ("title", "parent", "checkpoint", "stage", "backend", "method")
"""Columns that describe an experiment."""

MEASURED = ("accuracy", "lo", "hi", "n", "samples", "runs")
"""Columns for each benchmark."""

PUBLISHED = ("published", "published_lo", "published_hi", "less_published", "published_inside")
"""Further ones where values are published: the share, the ends of its range or of its ±, the measured share less it,
and whether the interval reaches it."""

Field = str | int | float
Fields = list[Field]


def render(ablation: Ablation) -> str:
    """The text of ablation.csv."""
    benchmarks = [benchmark["name"] for benchmark in ablation["benchmarks"]]
    known = [name for name in benchmarks if any(name in _published_on(row) for row in ablation["experiments"])]
    parts = list(dict.fromkeys(part for b in ablation["benchmarks"] if "parts" in b for part in b["parts"]["sizes"]))
    columns = [f"{name}_{field}" for name in benchmarks for field in MEASURED]
    columns += [f"{name}_{field}" for name in known for field in PUBLISHED]
    header = ["experiment", "run", *(["part"] if parts else []), *DESCRIPTION, *columns]
    rows = [row for experiment in ablation["experiments"] for row in _rows(experiment, benchmarks, known, parts)]
    return csv_rows.render(header, rows)


def _rows(experiment: Row, benchmarks: list[str], known: list[str], parts: list[str]) -> Iterator[Fields]:
    cells = [experiment["cells"].get(name) for name in benchmarks]
    described: Fields = [experiment[key] or "" for key in DESCRIPTION]

    def row(run: str, part: str, measured: Iterable[Fields], published: Iterable[PublishedValue | None]) -> Fields:
        fields = [field for cell in measured for field in cell]
        fields += [field for value in published for field in _published(value)]
        return [experiment["name"], run, *([part] if parts else []), *described, *fields]

    values = experiment.get("published", {})
    yield row("", "", map(_whole, cells), (values.get(name) for name in known))
    for run in dict.fromkeys(run["run"] for cell in cells if cell and len(cell["runs"]) > 1 for run in cell["runs"]):
        yield row(run, "", (_of_run(cell, run) for cell in cells), (None for _ in known))
    of_parts = experiment.get("published_parts", {})
    for part in parts:
        measured = [_of_part(cell, part) for cell in cells]
        published = [of_parts.get(name, {}).get(part) for name in known]
        if any(fields != _EMPTY for fields in measured) or any(published):
            yield row("", part, measured, published)


_EMPTY: Fields = [""] * len(MEASURED)


def _whole(cell: Cell | None) -> Fields:
    if cell is None:
        return _EMPTY
    return [cell["accuracy"], *cell["ci95"], cell["n"], cell["samples"], len(cell["runs"])]


def _of_run(cell: Cell | None, run: str) -> Fields:
    found = [of["accuracy"] for of in cell["runs"] if of["run"] == run] if cell else []
    return [found[0], "", "", cell["n"], cell["samples"], 1] if cell and found else _EMPTY


def _of_part(cell: Cell | None, part: str) -> Fields:
    score = cell.get("parts", {}).get(part) if cell else None
    if cell is None or score is None:
        return _EMPTY
    return [score["accuracy"], *score["ci95"], score["n"], cell["samples"], len(cell["runs"])]


def _published_on(row: Row) -> set[str]:
    return {*row.get("published", {}), *row.get("published_parts", {})}


def _published(value: PublishedValue | None) -> Fields:
    if value is None:
        return [""] * len(PUBLISHED)
    low, high, error = value["low"], value["high"], value["error"] or 0
    one: Fields = [low] if low == high else [""]
    ends: Fields = [low - error, high + error] if low < high or error else ["", ""]
    beside: Fields = ["", ""] if value["delta"] is None else [value["delta"], str(value["inside"]).lower()]
    return [*one, *ends, *beside]
