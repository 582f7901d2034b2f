"""pass@k against k, and a table of pass@1, greedy and sampled, beside pass@k of all samples and the gap."""

from collections.abc import Sequence
from typing import TypedDict

from gradus.evaluation.pass_at_k import PassAtK, PassCurve
from gradus.evaluation.pass_table import MEANINGS, columns, run_notes, shown_sizes, single_title
from gradus.evaluation.pipe_table import arm_or_ends
from gradus.evaluation.shares import questions_text
from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.lines import Line, LinePlot, by_samples
from gradus.reporting.plots.marks import Mark
from gradus.reporting.share_cells import CellView, difference_cell, empty_cell, share_cell


class RowView(TypedDict):
    """An experiment on a benchmark."""

    benchmark: str
    mark: Mark
    n: str
    n_sort: int
    runs: int
    cells: list[CellView]


class PassesView(TypedDict):
    """`columns`: titles of the rows' cells. `runs`: whether any experiment has several training runs. `notes`: what
    the cells mean.
    """

    plots: list[LinePlot]
    legend: list[Mark]
    columns: list[str]
    runs: bool
    rows: list[RowView]
    notes: list[str]


def plots(inputs: ReportInputs, marks: dict[str, Mark]) -> list[LinePlot]:
    """Per benchmark, pass@k of every experiment at 1, 2, 4, ... samples; none where there is one sample a question."""
    found: list[LinePlot] = []
    for benchmark in inputs.benchmarks:
        curves = _of(inputs, benchmark["name"], marks)
        ks = sorted({at.k for _, curve in curves for at in curve.at})
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
    ks = shown_sizes(known)
    shown = {mark.name for mark, _ in curves}
    return {
        "plots": drawn,
        "legend": [mark for name, mark in marks.items() if name in shown],
        "columns": columns(known),
        "runs": any(curve.runs > 1 for curve in known),
        "rows": [
            {
                "benchmark": inputs.title_of(curve.benchmark),
                "mark": mark,
                "n": questions_text(curve.n, curve.benchmark_n),
                "n_sort": curve.n,
                "runs": curve.runs,
                "cells": _cells(curve, ks),
            }
            for mark, curve in curves
        ],
        "notes": [*MEANINGS, *run_notes(known)],
    }


def _of(inputs: ReportInputs, benchmark: str, marks: dict[str, Mark]) -> list[tuple[Mark, PassCurve]]:
    by_name = {curve.experiment: curve for curve in inputs.passes if curve.benchmark == benchmark}
    return [(mark, by_name[name]) for name, mark in marks.items() if name in by_name]


def _lines(mark: Mark, curve: PassCurve) -> list[Line]:
    """The curve, and the greedy answer as a hollow point at k = 1."""
    lines = [
        Line(
            mark,
            [at.k for at in curve.at],
            [at.value for at in curve.at],
            low=[at.ci95[0] for at in curve.at],
            high=[at.ci95[1] for at in curve.at],
            note="pass@k",
            marked=True,
        )
    ]
    if curve.greedy is not None:
        lines.append(Line(mark, [1], [curve.greedy.value], style="points", note=single_title([curve])))
    return lines


def _cells(curve: PassCurve, ks: Sequence[int]) -> list[CellView]:
    cells = [share_cell(single_title([curve]), curve.greedy), _pass("pass@1", curve.sampled)]
    cells += [_pass(f"pass@{k}", curve.pass_at(k)) for k in ks]
    return [*cells, _gap(curve, ks[-1])] if ks else cells


def _pass(name: str, at: PassAtK | None) -> CellView:
    return share_cell(name, at, published=at.published if at else None)


def _gap(curve: PassCurve, k: int) -> CellView:
    at = curve.pass_at(k)
    if at is None or (gap := at.gap) is None:
        return empty_cell()
    tips = [f"pass@{k} less pass@1", f"95% interval: {formats.points_interval(gap.ci95)} points"]
    return difference_cell(gap.value, arm_or_ends(gap.value, gap.ci95), tips)
