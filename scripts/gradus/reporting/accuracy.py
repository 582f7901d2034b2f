"""Accuracies with their 95% intervals: one dot plot a benchmark, experiments as rows, the baseline as a line."""

from typing import TypedDict

from gradus.evaluation.ablation_table import Row as Entry
from gradus.evaluation.cells import Cell
from gradus.reporting import cells, formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots import axes
from gradus.reporting.plots.intervals import Row, interval_plot
from gradus.reporting.plots.marks import Mark
from gradus.reporting.plots.panel import Panel
from gradus.reporting.results import published_tip


class Accuracy(TypedDict):
    """`replicated`, `single`, `zoomed`: whether any row has several training runs, has one only, is beyond its axis."""

    plots: list[Panel]
    replicated: bool
    single: bool
    zoomed: bool


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> Accuracy:
    """One picture per benchmark that any experiment was evaluated on."""
    found: Accuracy = {"plots": [], "replicated": False, "single": False, "zoomed": False}
    for benchmark in inputs.benchmarks:
        name, title = benchmark["name"], inputs.title_of(benchmark["name"])
        entries = [entry for entry in inputs.experiments if name in entry["cells"]]
        if not entries:
            continue
        best = max(entry["cells"][name]["accuracy"] for entry in entries)
        rows = [_row(entry, name, marks[entry["name"]], best) for entry in entries]
        axis = _axis(inputs, rows)
        measured = inputs.baseline["cells"].get(name)
        label = f"Accuracy on {title} with 95% intervals, by experiment"
        picture = interval_plot(
            rows,
            label,
            lambda value: f"{100 * value:g}%",
            axis,
            measured["accuracy"] if measured else None,
        )
        found["plots"].append(Panel(name, title, picture, entries[0]["cells"][name]["n"]))
        found["replicated"] |= any(row.runs for row in rows)
        found["single"] |= any(row.fill == "hollow" for row in rows)
        found["zoomed"] |= any(row.beyond(axis) for row in rows)
    return found


def _axis(inputs: ReportInputs, rows: list[Row]) -> tuple[float, float]:
    """From round number to round number. The baseline and the best row are on it; others may be far from the rest."""
    baseline = inputs.baseline["name"]
    kept = [end for row in rows if row.strong or row.mark.name == baseline for end in row.ends]
    return axes.domain(axes.zoomed([row.ends for row in rows], kept), 4, floor=0.0, ceiling=1.0)


def _row(entry: Entry, benchmark: str, mark: Mark, best: float) -> Row:
    cell: Cell = entry["cells"][benchmark]
    known = entry.get("published", {}).get(benchmark)
    runs = [run["accuracy"] for run in cell.get("runs", [])]
    single = cells.trained_once(entry, cell)
    tip = [
        mark.title,
        cells.counted(cell),
        f"95% interval: {formats.share_interval(cell['ci95'])}" + (", over questions only" if single else ""),
        *(["One training run"] if single else cells.runs_line(cell)),
        *([published_tip(known)] if known else []),
    ]
    return Row(
        mark,
        cell["accuracy"],
        *cell["ci95"],
        shown=formats.percent(cell["accuracy"]),
        tip="\n".join(tip),
        fill="hollow" if single else "filled",
        strong=cell["accuracy"] == best,
        published=(known["low"], known["high"]) if known else None,
        runs=runs if len(runs) > 1 else (),
    )
