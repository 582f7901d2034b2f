"""The ablation table: one row an experiment, one column a benchmark, and what a reader needs to judge each cell."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from gradus.evaluation.ablation_table import Cell, Row
from gradus.evaluation.intervals import SIGNIFICANCE_LEVEL, longer_arm
from gradus.evaluation.published import PublishedValue, points
from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.marks import Mark


class CellView(TypedDict):
    """A cell as text; `sort` is what its column is sorted by."""

    accuracy: str
    arm: str
    delta: str
    star: bool
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
    """`marked`, `published`, `detectable`: whether there is any, so that the caption explains it. `published` names
    the source; None where there are no published values.
    """

    rows: list[RowView]
    columns: list[ColumnView]
    marked: bool
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
        cells: list[CellView | None] = []
        for benchmark in inputs.benchmarks:
            name = benchmark["name"]
            cell, known = entry["cells"].get(name), entry.get("published", {}).get(name)
            shown = None if cell is None else _cell(inputs, entry, name, cell, entry["name"] in best[name])
            cells.append(_with_published(shown, known, inputs, entry, name) if known else shown)
        rows.append(
            {
                "mark": marks[entry["name"]],
                "about": _about(entry),
                "description": entry.get("description") or "",
                "parent": _parent(inputs, entry),
                "baseline": entry is baseline,
                "cells": cells,
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
        "marked": any(cell and cell["star"] for row in rows for cell in row["cells"]),
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
    star = p is not None and p < SIGNIFICANCE_LEVEL and entry is not inputs.baseline
    samples = cell.get("samples") or 1
    asked = formats.count(cell["n"] * samples) + (f" ({cell['n']} × {samples} samples)" if samples > 1 else "")
    lines = [
        f"{inputs.title_of(entry['name'])} on {inputs.title_of(benchmark)}",
        f"{formats.count(cell['correct'])} of {asked} right: {formats.percent(cell['accuracy'], 2)}",
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
        "arm": f"±{100 * longer_arm(cell['accuracy'], cell['ci95']):.1f}",
        "delta": formats.points(delta) if delta is not None and entry is not inputs.baseline else "",
        "star": star,
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
            "star": False,
            "best": False,
            "sort": -1,
            "published": "",
            "tip": tip,
        }
    cell["published"], cell["outside"] = formats.percent(known["value"]), known["inside"] is False
    cell["tip"] += f"\n{published_tip(known)}"
    return cell


def published_tip(known: PublishedValue) -> str:
    """The published value and its distance from the measured one, for the line below the measured one's."""
    text = f"Published: {formats.percent(known['value'])}"
    if known["delta"] is None:
        return text
    where = "inside" if known["inside"] else "outside"
    return f"{text}, {where} the 95% interval (measured less published: {points(known['delta'])} points)"


def _about(entry: Row) -> str:
    """Stage, method and backend in a few words: `GRPO · LoRA · torch`, or which checkpoint of its parent a row is."""
    known = {"sft": "SFT", "grpo": "GRPO", "none": "no training", "lora": "LoRA", "full": "full parameters"}
    words = [str(entry.get(key) or "") for key in ("stage", "method", "backend")]
    if words[0] == "none":
        checkpoint = entry.get("checkpoint")
        at = {None: "none", "best": "best checkpoint"}
        words = [at.get(checkpoint, f"at step {checkpoint}")]
    return " · ".join(known.get(word, word) for word in words if word)


def _parent(inputs: ReportInputs, entry: Row) -> str:
    """The experiment that this one continues, if it is a row of the table other than the baseline."""
    parent = entry["parent"]
    names = {other["name"] for other in inputs.experiments} - {inputs.baseline["name"]}
    return inputs.title_of(parent) if parent in names else ""
