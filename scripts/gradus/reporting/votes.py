"""Inference-time scaling: majority voting, plain and weighted, against the number of samples."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from gradus.evaluation.ablation_table import Row
from gradus.evaluation.published import beside
from gradus.evaluation.votes_table import (
    ESTIMATED,
    KINDS,
    WEIGHTING_MEANINGS,
    WEIGHTING_NAMES,
    all_greedy,
    questions_text,
)
from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs, VoteRow
from gradus.reporting.line_plot import Line, LinePlot, by_samples
from gradus.reporting.marks import Mark
from gradus.reporting.results import published_tip


class CellView(TypedDict):
    """A score as text; `sort` is what its column is sorted by."""

    text: str
    tip: str
    best: bool
    sort: float
    published: str


class RowView(TypedDict):
    """An experiment on a benchmark: the answer of the ablation table, one sample, then maj@k and pass@k."""

    benchmark: str
    mark: Mark
    n: str
    n_sort: int
    greedy_sort: float
    greedy: str
    greedy_published: str
    by_k: set[int]
    single: CellView
    maj: list[CellView]
    passed: list[CellView]


class WeightedRow(TypedDict):
    """maj@k of an experiment on a benchmark, by what a vote counts."""

    benchmark: str
    mark: Mark
    vote: str
    cells: list[CellView]


class VotesView(TypedDict):
    """`counted`: what the votes of each weighting count. `error`: the largest of the Monte Carlo. `alone`: how the
    answer of the ablation table is called. `single`: whether k = 1 is among the votes.
    """

    plots: list[LinePlot]
    legend: list[Mark]
    samples: str
    ks: list[str]
    rows: list[RowView]
    weighted: list[WeightedRow]
    counted: str
    error: float
    alone: str
    single: bool
    published: bool


def plots(inputs: ReportInputs, marks: dict[str, Mark]) -> list[LinePlot]:
    """Per benchmark, maj@k of every experiment; a benchmark with one value of k has no plot."""
    found: list[LinePlot] = []
    for benchmark in inputs.benchmarks:
        rows = [r for r in inputs.votes if r.benchmark == benchmark["name"] and r.experiment in marks]
        ks = sorted({row.k for row in rows})
        if len(ks) > 1:
            voters = [mark for name, mark in marks.items() if any(row.experiment == name for row in rows)]
            lines = [_line(mark, rows) for mark in voters]
            found.append(by_samples(f"votes-{benchmark['name']}", inputs.title_of(benchmark["name"]), lines, ks))
    return found


def _line(mark: Mark, rows: Sequence[VoteRow]) -> Line:
    mine = sorted((row for row in rows if row.experiment == mark.name), key=lambda row: row.k)
    values = [row.votes["maj"] for row in mine]
    intervals = [value.interval for value in values if value.interval is not None]
    bounded = len(intervals) == len(values)
    return Line(
        mark,
        [row.k for row in mine],
        [value.value for value in values],
        low=[low for low, _ in intervals] if bounded else (),
        high=[high for _, high in intervals] if bounded else (),
        note="maj@k",
        marked=True,
    )


def section(inputs: ReportInputs, drawn: list[LinePlot], marks: dict[str, Mark]) -> VotesView | None:
    """The plots, and a table of one row per benchmark and experiment: the answer of the ablation table, one sample,
    then maj@k and pass@k; and one of plain votes beside weighted ones. None without votes.
    """
    if not inputs.votes:
        return None
    ks = sorted({row.k for row in inputs.votes if row.k > 1})
    weighted = weightings(inputs.votes)
    rows: list[RowView] = []
    weighted_rows: list[WeightedRow] = []
    for benchmark in inputs.benchmarks:
        for mark in marks.values():
            here = {
                row.k: row for row in inputs.votes if (row.benchmark, row.experiment) == (benchmark["name"], mark.name)
            }
            if here:
                rows.append(_row(inputs, benchmark["name"], mark, here, ks))
                weighted_rows += _weighted_rows(inputs.title_of(benchmark["name"]), mark, here, ks, weighted)
    shown = {row.experiment for row in inputs.votes}
    values = [(kind, value) for row in inputs.votes for kind, value in row.votes.items()]
    return {
        "plots": drawn,
        "legend": [mark for name, mark in marks.items() if name in shown],
        "samples": " or ".join(str(n) for n in sorted({row.samples for row in inputs.votes})),
        "ks": [str(k) for k in ks],
        "rows": rows,
        "weighted": weighted_rows if weighted and ks else [],
        "counted": "; ".join(f"{_name(weighting)}: {_meaning(weighting)}" for weighting in weighted),
        "error": max((value.error for _, value in values), default=0),
        "alone": "Greedy" if all_greedy(curve.greedy for curve in inputs.passes) else "Alone",
        "single": any(1 in row["by_k"] for row in rows),
        "published": any(value.published is not None for kind, value in values if kind in KINDS),
    }


def weightings(votes: Sequence[VoteRow]) -> list[str]:
    """Names of the weighted votes, in order of appearance."""
    kinds = dict.fromkeys(kind for row in votes for kind in row.votes)
    return [kind.removeprefix("maj_") for kind in kinds if kind.startswith("maj_")]


def _name(weighting: str) -> str:
    return WEIGHTING_NAMES.get(weighting, weighting)


def _meaning(weighting: str) -> str:
    return WEIGHTING_MEANINGS.get(weighting, weighting)


def _published(entry: Row | None, benchmark: str) -> str:
    known = entry.get("published", {}).get(benchmark) if entry else None
    return formats.percent(known["value"]) if known else ""


def _weighted_rows(
    benchmark: str, mark: Mark, here: Mapping[int, VoteRow], ks: Sequence[int], weighted: Sequence[str]
) -> list[WeightedRow]:
    kinds = ["maj", *(f"maj_{name}" for name in weighted)]
    kinds = [kind for kind in kinds if any(kind in row.votes for row in here.values())]
    return [
        {
            "benchmark": benchmark,
            "mark": mark,
            "vote": "one each" if kind == "maj" else _name(kind.removeprefix("maj_")),
            "cells": [_cell(here.get(k), kind, kinds) for k in ks],
        }
        for kind in kinds
    ]


def _cell(row: VoteRow | None, kind: str, rivals: Sequence[str]) -> CellView:
    """One score; the best of `rivals` at its k is marked, where they are not all the same."""
    if row is None or kind not in row.votes:
        return {"text": formats.NOTHING, "tip": "", "best": False, "sort": -1.0, "published": ""}
    vote = row.votes[kind]
    name, _, weighting = kind.partition("_")
    tip = f"{name}@{row.k}: {formats.percent(vote.value, 2)}"
    if weighting:
        tip += f"\nA vote counts {_meaning(weighting)}"
    if vote.interval is not None:
        tip += f"\n95% interval: {formats.share_interval(vote.interval)}"
    if vote.error:
        tip += f"\nBy Monte Carlo, standard error {100 * vote.error:.2f} points"
    if vote.published is not None:
        tip += f"\n{published_tip(beside(vote.published, vote.value, vote.interval))}"
    scores = {row.votes[rival].value for rival in rivals if rival in row.votes}
    return {
        "text": (ESTIMATED if vote.error else "") + formats.percent(vote.value),
        "tip": tip,
        "best": len(scores) > 1 and vote.value == max(scores),
        "sort": vote.value,
        "published": "" if vote.published is None else formats.percent(vote.published),
    }


def _row(inputs: ReportInputs, benchmark: str, mark: Mark, here: Mapping[int, VoteRow], ks: Sequence[int]) -> RowView:
    entry = next((e for e in inputs.experiments if e["name"] == mark.name), None)
    curve = next((c for c in inputs.passes if (c.experiment, c.benchmark) == (mark.name, benchmark)), None)
    greedy = curve.greedy if curve else None
    first = next(iter(here.values()))
    best = max(row.votes["maj"].value for row in here.values())

    def plain(k: int) -> CellView:
        cell = _cell(here.get(k), "maj", [])
        cell["best"] = cell["sort"] == best
        return cell

    return {
        "benchmark": inputs.title_of(benchmark),
        "mark": mark,
        "n": questions_text(first.n, first.benchmark_n),
        "n_sort": first.n,
        "greedy_sort": greedy["value"] if greedy else -1.0,
        "greedy": formats.percent(greedy["value"]) if greedy else formats.NOTHING,
        "greedy_published": _published(entry, benchmark),
        "by_k": set(here),
        "single": plain(1),
        "maj": [plain(k) for k in ks],
        "passed": [_cell(here.get(k), "pass", []) for k in ks],
    }
