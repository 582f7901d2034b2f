"""The ablation table: one row an experiment, one column a benchmark, and what a reader needs to judge each cell."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from gradus.evaluation.ablation_table import Row
from gradus.evaluation.cells import Cell
from gradus.evaluation.pipe_table import arm_or_ends
from gradus.evaluation.published import PublishedValue, as_published, points
from gradus.reporting import cells, formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.marks import Mark


class CellView(TypedDict):
    """A cell as text; `sort` is what its column is sorted by."""

    accuracy: str
    arm: str
    delta: str
    star: str
    best: bool
    sort: float
    published: str
    outside: NotRequired[bool]
    tip: str


class RowView(TypedDict):
    """An experiment: who it is, and its cells in the order of the columns."""

    mark: Mark
    about: str
    description: str
    parent: str
    baseline: bool
    cells: Sequence[CellView | None]


class ColumnView(TypedDict):
    """A benchmark."""

    title: str
    n: str
    detectable: float | None


class Results(TypedDict):
    """`stars`: those that there are. `single`, `published`, `detectable`: whether there is any, so that the caption
    explains it: an experiment that was trained once, a published value, a smallest gain. `published` names
    the source; None where there are no published values.
    """

    rows: list[RowView]
    columns: list[ColumnView]
    stars: list[str]
    single: bool
    published: str | None
    detectable: bool
    baseline: Mark


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> Results:
    """Rows and columns for the template. Cells are None where nothing is known of an experiment on a benchmark, and
    have an empty `accuracy` where only a published value is known.
    """
    baseline = inputs.baseline
    best = {benchmark["name"]: _best(inputs, benchmark["name"]) for benchmark in inputs.benchmarks}
    rows: list[RowView] = []
    for entry in inputs.experiments:
        views: list[CellView | None] = []
        for benchmark in inputs.benchmarks:
            name = benchmark["name"]
            cell, known = entry["cells"].get(name), entry.get("published", {}).get(name)
            shown = None if cell is None else _cell(inputs, entry, name, cell, entry["name"] in best[name])
            views.append(_with_published(shown, known, inputs, entry, name) if known else shown)
        rows.append(
            {
                "mark": marks[entry["name"]],
                "about": _about(entry),
                "description": entry.get("description") or "",
                "parent": _parent(inputs, entry),
                "baseline": entry is baseline,
                "cells": views,
            }
        )
    columns: list[ColumnView] = [
        {
            "title": inputs.title_of(benchmark["name"]),
            "n": formats.count(benchmark.get("n")) + _several(benchmark.get("samples")),
            "detectable": formats.finite(benchmark.get("detectable")),
        }
        for benchmark in inputs.benchmarks
    ]
    return {
        "rows": rows,
        "columns": columns,
        "stars": sorted({cell["star"] for row in rows for cell in row["cells"] if cell} - {""}),
        "single": any(
            cells.trained_once(entry, cell) for entry in inputs.experiments for cell in entry["cells"].values()
        ),
        "published": inputs.ablation.get("published_from", "") if _any_published(inputs) else None,
        "detectable": any(column["detectable"] is not None for column in columns),
        "baseline": marks[baseline["name"]],
    }


def _several(samples: int | None) -> str:
    """`, avg@16` where each question has 16 samples, and nothing where it has one."""
    return f", avg@{samples}" if (samples or 1) > 1 else ""


def _best(inputs: ReportInputs, benchmark: str) -> set[str]:
    """Names of the best experiments of a column: as the table marks them, else those of the highest accuracy."""
    cells = {entry["name"]: entry["cells"][benchmark] for entry in inputs.experiments if benchmark in entry["cells"]}
    top = max((cell["accuracy"] for cell in cells.values()), default=None)
    return {name for name, cell in cells.items() if cell.get("best", cell["accuracy"] == top)}


def _cell(inputs: ReportInputs, entry: Row, benchmark: str, cell: Cell, best: bool) -> CellView:
    delta, p = cell.get("delta_vs_baseline"), cell.get("p_adjusted")
    single = cells.trained_once(entry, cell)
    lines = [
        f"{inputs.title_of(entry['name'])} on {inputs.title_of(benchmark)}",
        cells.counted(cell, digits=2),
        *cells.runs_line(cell),
        *(["One training run: the intervals are over questions only"] if single else []),
        f"95% Wilson: {formats.share_interval(cell['ci95'])}",
        f"95% normal: {formats.share_interval(cell['ci95_normal'])}",
    ]
    if cell.get("unknown"):
        lines.append(f"{formats.count(cell['unknown'])} could not be judged and count as wrong")
    if delta is not None and entry is not inputs.baseline:
        compared = f"Against {inputs.title_of(inputs.baseline['name'])}: {formats.points(delta)} points"
        lines.append(compared + ("" if p is None else f", adjusted {formats.p_phrase(p)}"))
    return {
        "accuracy": formats.percent(cell["accuracy"]),
        "arm": arm_or_ends(cell["accuracy"], cell["ci95"]),
        "delta": formats.points(delta) if delta is not None and entry is not inputs.baseline else "",
        "star": cell["star"],
        "best": best,
        "sort": cell["accuracy"],
        "published": "",
        "tip": "\n".join(lines),
    }


def _any_published(inputs: ReportInputs) -> bool:
    return any(entry.get("published") for entry in inputs.experiments)


def _with_published(
    cell: CellView | None, known: PublishedValue, inputs: ReportInputs, entry: Row, benchmark: str
) -> CellView:
    """The cell with the published value below what was measured, or alone."""
    if cell is None:
        tip = f"{inputs.title_of(entry['name'])} on {inputs.title_of(benchmark)}\nNot measured"
        cell = {
            "accuracy": "",
            "arm": "",
            "delta": "",
            "star": "",
            "best": False,
            "sort": -1,
            "published": "",
            "tip": tip,
        }
    cell["published"], cell["outside"] = as_published(known), known["inside"] is False
    cell["tip"] += f"\n{published_tip(known)}"
    return cell


def published_tip(known: PublishedValue) -> str:
    """The published value and its distance from the measured one, for the line below the measured one's."""
    text = f"Published: {as_published(known)}"
    if known["delta"] is None:
        return text
    where = "inside" if known["inside"] else "outside"
    return f"{text}, {where} the 95% interval (measured less published: {points(known['delta'])} points)"


def _about(entry: Row) -> str:
    """Stage, method and backend in a few words: `GRPO · LoRA · torch · 3 runs`, or which checkpoint of its parent a row
    is."""
    known = {"sft": "SFT", "dpo": "DPO", "grpo": "GRPO", "lora": "LoRA", "full": "full parameters"}
    known |= {"ternary": "ternary weights"}
    words = [str(entry.get(key) or "") for key in ("stage", "method", "backend")]
    if words[0] == "none":
        checkpoint = entry.get("checkpoint")
        at = {None: "no training", "best": "best checkpoint"}
        words = [at.get(checkpoint, f"at step {checkpoint}")]
    if entry["trained"]:
        words.append(f"{entry['runs']} runs" if entry["runs"] > 1 else "one run")
    return " · ".join(known.get(word, word) for word in words if word)


def _parent(inputs: ReportInputs, entry: Row) -> str:
    """The experiment that this one continues, if it is a row of the table other than the baseline."""
    parent = entry["parent"]
    names = {other["name"] for other in inputs.experiments} - {inputs.baseline["name"]}
    return inputs.title_of(parent) if parent in names else ""
