"""Inference-time scaling: majority voting, plain and weighted, against the number of samples."""

from collections.abc import Sequence
from typing import TypedDict

from gradus.evaluation.findings import star_of
from gradus.evaluation.shares import questions_text
from gradus.evaluation.votes.cells import PLAIN, Gain, Reference, Vote, VotedCell, differing_weightings
from gradus.evaluation.votes.words import (
    ESTIMATED,
    alone_title,
    counting_meaning,
    counting_name,
    error_note,
    interval_text,
    mixed_note,
    rule_notes,
    verdict,
    weighting_notes,
)
from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.lines import Line, LinePlot, by_samples
from gradus.reporting.plots.marks import Mark
from gradus.reporting.share_cells import CellView, difference_cell, empty_cell, share_cell

REFERENCES: tuple[Reference, ...] = ("greedy", "single")
AGAINST: dict[Reference, str] = {"greedy": "", "single": "maj@1", "plain": "one vote each"}
"""What a gain is over, in a sentence; the answers of the ablation table are called as in their column."""


class RowView(TypedDict):
    """An experiment on a benchmark: maj@k, the largest beside the answer of the ablation table, then its gains."""

    benchmark: str
    mark: Mark
    n: str
    n_sort: int
    runs: int
    cells: list[CellView]


class WeightedRow(TypedDict):
    """maj@k of an experiment on a benchmark, by what a vote counts."""

    benchmark: str
    mark: Mark
    vote: str
    cells: list[CellView]


class VotesView(TypedDict):
    """`columns`: titles of the rows' cells, each with a second line. `ks`: of the weighted rows' cells. `runs`: whether
    any experiment has several training runs. `notes`: what bold, stars and intervals mean. `published`: whether there
    are published values.
    """

    plots: list[LinePlot]
    legend: list[Mark]
    samples: str
    columns: list[tuple[str, str]]
    ks: list[str]
    runs: bool
    rows: list[RowView]
    weighted: list[WeightedRow]
    notes: list[str]
    weighted_notes: list[str]
    published: bool


def plots(inputs: ReportInputs, marks: dict[str, Mark]) -> list[LinePlot]:
    """Per benchmark, maj@k of every experiment; a benchmark with one value of k has no plot."""
    found: list[LinePlot] = []
    for benchmark in inputs.benchmarks:
        cells = _of(inputs, benchmark["name"], marks)
        ks = _sizes([cell for _, cell in cells])
        if len(ks) > 1:
            lines = [_line(mark, cell) for mark, cell in cells]
            found.append(by_samples(f"votes-{benchmark['name']}", inputs.title_of(benchmark["name"]), lines, ks))
    return found


def section(inputs: ReportInputs, drawn: list[LinePlot], marks: dict[str, Mark]) -> VotesView | None:
    """The plots, a table of one row per benchmark and experiment, and one of plain votes beside weighted ones where
    these differ. None without votes.
    """
    found = [own for benchmark in inputs.benchmarks for own in _of(inputs, benchmark["name"], marks)]
    if not found:
        return None
    cells = [cell for _, cell in found]
    ks, weighted = _sizes(cells), differing_weightings(cells)
    several = [k for k in ks if k > 1]
    alone = alone_title(cells)
    shown = {mark.name for mark, _ in found}
    rows = [_row(inputs, mark, cell, ks, alone) for mark, cell in found]
    return {
        "plots": drawn,
        "legend": [mark for name, mark in marks.items() if name in shown],
        "samples": " or ".join(str(n) for n in sorted({cell.samples for cell in cells})),
        "columns": [*((f"maj@{k}", "") for k in ks), (alone, ""), *_gain_titles(several, alone)],
        "ks": [str(k) for k in several],
        "runs": any(cell.runs > 1 for cell in cells),
        "rows": rows,
        "weighted": [
            row for mark, cell in found for row in _weighted_rows(inputs, mark, cell, several, weighted) if weighted
        ],
        "notes": [*rule_notes(cells), mixed_note(cells), *([note] if (note := error_note(cells)) else [])],
        "weighted_notes": weighting_notes(cells),
        "published": any(cell["published"] for row in rows for cell in row["cells"]),
    }


def _of(inputs: ReportInputs, benchmark: str, marks: dict[str, Mark]) -> list[tuple[Mark, VotedCell]]:
    by_name = {cell.experiment: cell for cell in inputs.votes if cell.benchmark == benchmark}
    return [(mark, by_name[name]) for name, mark in marks.items() if name in by_name]


def _sizes(cells: Sequence[VotedCell]) -> list[int]:
    return sorted({vote.k for cell in cells for vote in cell.votes})


def _line(mark: Mark, cell: VotedCell) -> Line:
    plain = sorted((vote for vote in cell.votes if vote.counting == PLAIN), key=lambda vote: vote.k)
    return Line(
        mark,
        [vote.k for vote in plain],
        [vote.value for vote in plain],
        low=[vote.ci95[0] for vote in plain],
        high=[vote.ci95[1] for vote in plain],
        note="maj@k",
        marked=True,
    )


def _gain_titles(several: Sequence[int], alone: str) -> list[tuple[str, str]]:
    return [(f"maj@{several[-1]}", f"over {name}") for name in (alone.lower(), "maj@1")] if several else []


def _row(inputs: ReportInputs, mark: Mark, cell: VotedCell, ks: Sequence[int], alone: str) -> RowView:
    cells = [_vote(cell, k, PLAIN, alone) for k in ks]
    cells.append(_alone(inputs, cell, alone))
    if ks[-1] > 1:
        largest = cell.vote(ks[-1])
        cells += [_gain(cell, largest, reference, alone) for reference in REFERENCES]
    return {
        "benchmark": inputs.title_of(cell.benchmark),
        "mark": mark,
        "n": questions_text(cell.n, cell.benchmark_n),
        "n_sort": cell.n,
        "runs": cell.runs,
        "cells": cells,
    }


def _weighted_rows(
    inputs: ReportInputs, mark: Mark, cell: VotedCell, ks: Sequence[int], weighted: Sequence[str]
) -> list[WeightedRow]:
    rows: list[WeightedRow] = []
    for counting in (PLAIN, *weighted):
        cells = [_vote(cell, k, counting, "") for k in ks]
        if counting == PLAIN:
            for view in cells:
                view["best"] = False  # here bold is a comparison with these
        name = counting_name(counting)
        rows.append({"benchmark": inputs.title_of(cell.benchmark), "mark": mark, "vote": name, "cells": cells})
    return rows


def _vote(cell: VotedCell, k: int, counting: str, alone: str) -> CellView:
    vote = cell.vote(k, counting)
    if vote is None:
        return empty_cell()
    tips = [f"A vote counts {counting_meaning(counting)}"] if counting != PLAIN else []
    if vote.error:
        tips.append(f"By Monte Carlo, standard error {100 * vote.error:.2f} points")
    tips += [_gain_line(gain, reference, alone, cell.single_run) for reference, gain in vote.gains.items()]
    view = share_cell(f"maj@{k}", vote, tips=tips, best=vote.better, published=vote.published)
    if vote.error:
        view["text"] = ESTIMATED + view["text"]
    return view


def _alone(inputs: ReportInputs, cell: VotedCell, alone: str) -> CellView:
    entry = next((e for e in inputs.experiments if e["name"] == cell.experiment), None)
    known = entry.get("published", {}).get(cell.benchmark) if entry else None
    return share_cell(alone, cell.greedy, published=known["low"] if known and known["low"] == known["high"] else None)


def _gain(cell: VotedCell, vote: Vote | None, reference: Reference, alone: str) -> CellView:
    gain = vote.gains.get(reference) if vote else None
    if gain is None or vote is None:
        return empty_cell()
    tips = [
        f"maj@{vote.k}: {_gain_line(gain, reference, alone, cell.single_run)}",
        f"95% interval, not adjusted: {formats.points_interval(gain.ci95)} points",
        f"{formats.p_phrase(gain.p)}, adjusted {formats.p_phrase(gain.p_adjusted)}",
    ]
    return difference_cell(gain.delta, interval_text(gain), tips, star_of(gain.significant, cell.single_run))


def _gain_line(gain: Gain, reference: Reference, alone: str, single_run: bool) -> str:
    against = AGAINST[reference] or alone.lower()
    return f"{formats.points(gain.delta)} points over {against}: {verdict(gain, single_run)}"
