"""pass@k against k, and a table of pass@1, greedy and sampled, beside pass@k of all samples and the gap."""

from collections.abc import Sequence
from typing import TypedDict

from gradus.evaluation.pass_at_k import Share
from gradus.evaluation.pass_table import MEANINGS, PassCurve, gap_text, sampled_title, single_title
from gradus.evaluation.votes_table import questions_text
from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.line_plot import Line, LinePlot, by_samples
from gradus.reporting.marks import Mark


class CellView(TypedDict):
    """A share or a difference as text; `sort` is what its column is sorted by."""

    text: str
    tip: str
    sort: float


class RowView(TypedDict):
    """An experiment on a benchmark."""

    benchmark: str
    mark: Mark
    n: str
    n_sort: int
    cells: list[CellView]


class PassesView(TypedDict):
    """`columns`: titles of the rows' cells. `notes`: what they mean."""

    plots: list[LinePlot]
    legend: list[Mark]
    columns: list[str]
    rows: list[RowView]
    notes: list[str]


def plots(inputs: ReportInputs, marks: dict[str, Mark]) -> list[LinePlot]:
    """Per benchmark, pass@k of every experiment at 1, 2, 4, ... samples; none where there is one sample a question."""
    found: list[LinePlot] = []
    for benchmark in inputs.benchmarks:
        curves = _of(inputs, benchmark["name"], marks)
        ks = sorted({at["k"] for _, curve in curves for at in curve.at})
        if len(ks) > 1:
            lines = [line for mark, curve in curves for line in _lines(mark, curve)]
            found.append(by_samples(f"pass_at_k-{benchmark['name']}", inputs.title_of(benchmark["name"]), lines, ks))
    return found


def section(inputs: ReportInputs, drawn: list[LinePlot], marks: dict[str, Mark]) -> PassesView | None:
    """Rows by benchmark, in the order of the ablation table; None without samples to choose from."""
    curves = [found for benchmark in inputs.benchmarks for found in _of(inputs, benchmark["name"], marks)]
    if not curves:
        return None
    known = [curve for _, curve in curves]
    most = max(curve.samples for curve in known)
    several = [f"pass@{most}", "Gap"] if most > 1 else []
    shown = {mark.name for mark, _ in curves}
    return {
        "plots": drawn,
        "legend": [mark for name, mark in marks.items() if name in shown],
        "columns": [single_title(known), sampled_title(known), *several],
        "rows": [
            {
                "benchmark": inputs.title_of(curve.benchmark),
                "mark": mark,
                "n": questions_text(curve.n, curve.benchmark_n),
                "n_sort": curve.n,
                "cells": _cells(curve, most)[: 2 + len(several)],
            }
            for mark, curve in curves
        ],
        "notes": list(MEANINGS),
    }


def _of(inputs: ReportInputs, benchmark: str, marks: dict[str, Mark]) -> list[tuple[Mark, PassCurve]]:
    by_name = {curve.experiment: curve for curve in inputs.passes if curve.benchmark == benchmark}
    return [(mark, by_name[name]) for name, mark in marks.items() if name in by_name]


def _lines(mark: Mark, curve: PassCurve) -> list[Line]:
    """The curve, and the greedy answer as a hollow point at k = 1."""
    lines = [
        Line(
            mark,
            [at["k"] for at in curve.at],
            [at["value"] for at in curve.at],
            low=[at["ci95"][0] for at in curve.at],
            high=[at["ci95"][1] for at in curve.at],
            note="pass@k",
            marked=True,
        )
    ]
    if curve.greedy is not None:
        lines.append(Line(mark, [1], [curve.greedy["value"]], style="points", note=single_title([curve])))
    return lines


def _cells(curve: PassCurve, most: int) -> list[CellView]:
    several = curve.pass_at(most)
    shares = [(single_title([curve]), curve.greedy), ("pass@1", curve.sampled), (f"pass@{most}", several)]
    cells = [_cell(name, share and {"value": share["value"], "ci95": share["ci95"]}) for name, share in shares]
    if several is None or (gap := several["gap"]) is None:
        return [*cells, _cell("", None)]
    tip = f"pass@{most} less pass@1\n95% interval: {formats.points_interval(_pair(gap['ci95']))} points"
    return [*cells, {"text": gap_text(gap), "tip": tip, "sort": gap["value"]}]


def _cell(name: str, share: Share | None) -> CellView:
    if share is None:
        return {"text": formats.NOTHING, "tip": "", "sort": -1.0}
    tip = f"{name}: {formats.percent(share['value'], 2)}\n95% interval: {formats.share_interval(_pair(share['ci95']))}"
    return {"text": formats.percent(share["value"]), "tip": tip, "sort": share["value"]}


def _pair(interval: Sequence[float]) -> tuple[float, float]:
    low, high = interval
    return low, high
