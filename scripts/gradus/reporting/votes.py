"""Inference-time scaling: majority voting, plain and weighted, and pass@k against the number of samples."""

from typing import Any

from gradus.evaluation.published import beside
from gradus.evaluation.votes_table import ESTIMATED, KINDS, NAMES
from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.line_plot import Line, LinePlot
from gradus.reporting.marks import Mark
from gradus.reporting.table import published_tip

# the columns of a kind of vote, and how its line is drawn
STYLES = {"maj": "line", "pass": "points"}


def plots(inputs: ReportInputs, marks: dict[str, Mark]) -> list[LinePlot]:
    """Per benchmark, maj@k and pass@k of every experiment; a benchmark with one value of k has no plot."""
    found: list[LinePlot] = []
    for benchmark in inputs.benchmarks:
        rows = [r for r in inputs.votes if r["benchmark"] == benchmark["name"] and r["experiment"] in marks]
        ks = sorted({row["k"] for row in rows})
        if len(ks) > 1:
            voters = [mark for name, mark in marks.items() if any(row["experiment"] == name for row in rows)]
            found.append(
                LinePlot(
                    f"votes-{benchmark['name']}",
                    inputs.title_of(benchmark["name"]),
                    [_line(mark, rows, kind) for mark in voters for kind in STYLES],
                    x_name="samples k",
                    share=True,
                    logarithmic=True,
                    floor=0.0,
                    ceiling=1.0,
                    x_ticks=ks,
                )
            )
    return found


def _line(mark: Mark, rows: list[dict[str, Any]], kind: str) -> Line:
    mine = sorted((row for row in rows if row["experiment"] == mark.name), key=lambda row: row["k"])
    bounded = all(row[f"{kind}_lo"] is not None and row[f"{kind}_hi"] is not None for row in mine)
    return Line(
        mark,
        [row["k"] for row in mine],
        [row[kind] for row in mine],
        low=[row[f"{kind}_lo"] for row in mine] if bounded else (),
        high=[row[f"{kind}_hi"] for row in mine] if bounded else (),
        style=STYLES[kind],
        note=f"{kind}@k",
        marked=True,
    )


def section(inputs: ReportInputs, drawn: list[LinePlot], marks: dict[str, Mark]) -> dict[str, Any] | None:
    """The plots, and a table of one row per benchmark and experiment: the answer of the ablation table, one sample,
    then maj@k and pass@k; and one of plain votes beside weighted ones. None without votes.
    """
    if not inputs.votes:
        return None
    ks = sorted({row["k"] for row in inputs.votes if row["k"] > 1})
    weighted = weightings(inputs.votes)
    rows, weighted_rows = [], []
    for benchmark in inputs.benchmarks:
        for mark in marks.values():
            here = {
                row["k"]: row
                for row in inputs.votes
                if (row["benchmark"], row["experiment"]) == (benchmark["name"], mark.name)
            }
            if here:
                rows.append(_row(inputs, benchmark["name"], mark, here, ks))
                weighted_rows += _weighted_rows(inputs.title_of(benchmark["name"]), mark, here, ks, weighted)
    shown = {row["experiment"] for row in inputs.votes}
    counted = "; ".join(f"{NAMES.get(name, name)}: {KINDS.get(name, name)}" for name in weighted)
    return {
        "plots": drawn,
        "legend": [mark for name, mark in marks.items() if name in shown],
        "samples": " or ".join(f"{n:g}" for n in sorted({row["samples"] for row in inputs.votes})),
        "ks": [f"{k:g}" for k in ks],
        "rows": rows,
        "weighted": weighted_rows if weighted and ks else [],
        "counted": counted,
        "error": max((row.get(key) or 0.0 for row in inputs.votes for key in row if key.endswith("_error")), default=0),
        "alone": "Greedy" if all(row["greedy_samples"] == 1 for row in rows) else "Alone",
        "single": any(1 in row["by_k"] for row in rows),
        "published": any(row.get(f"{kind}_published") is not None for row in inputs.votes for kind in STYLES),
    }


def _published(entry: dict[str, Any] | None, benchmark: str) -> str:
    figure = entry.get("published", {}).get(benchmark) if entry else None
    return formats.percent(figure["value"]) if figure else ""


def weightings(votes: list[dict[str, Any]]) -> list[str]:
    """Names of the weighted votes, from the columns `maj_<name>`, `maj_<name>_lo`, ... of votes.csv."""
    columns = dict.fromkeys(key for row in votes for key in row)
    return [key.removeprefix("maj_") for key in columns if key.startswith("maj_") and f"{key}_lo" in columns]


def _weighted_rows(
    benchmark: str, mark: Mark, here: dict[float, dict[str, Any]], ks: list[float], weighted: list[str]
) -> list[dict[str, Any]]:
    kinds = ["maj", *(f"maj_{name}" for name in weighted)]
    kinds = [kind for kind in kinds if any(row.get(kind) is not None for row in here.values())]
    return [
        {
            "benchmark": benchmark,
            "mark": mark,
            "vote": "one each" if kind == "maj" else NAMES.get(kind[4:], kind[4:]),
            "cells": [_cell(here.get(k), kind, kinds) for k in ks],
        }
        for kind in kinds
    ]


def _cell(row: dict[str, Any] | None, kind: str, rivals: list[str]) -> dict[str, Any]:
    """One score; the best of `rivals` at its k is marked, where they are not all the same."""
    if row is None or row.get(kind) is None:
        return {"text": formats.NOTHING, "tip": "", "best": False, "sort": -1.0, "published": ""}
    low, high, error = row.get(f"{kind}_lo"), row.get(f"{kind}_hi"), row.get(f"{kind}_error") or 0.0
    name, _, weighting = kind.partition("_")
    tip = f"{name}@{row['k']:g}: {formats.percent(row[kind], 2)}"
    if weighting:
        tip += f"\nA vote counts {KINDS.get(weighting, weighting)}"
    if low is not None and high is not None:
        tip += f"\n95% interval: {formats.share_interval((low, high))}"
    if error:
        tip += f"\nBy Monte Carlo, standard error {100 * error:.2f} points"
    scores = {row[rival] for rival in rivals if row.get(rival) is not None}
    best = len(scores) > 1 and row[kind] == max(scores)
    text = (ESTIMATED if error else "") + formats.percent(row[kind])
    cell = {"text": text, "tip": tip, "best": best, "sort": row[kind], "published": ""}
    published = row.get(f"{kind}_published")
    if published is not None:
        figure = beside(published, row[kind], None if low is None or high is None else (low, high))
        cell |= {"published": formats.percent(published), "tip": f"{tip}\n{published_tip(figure)}"}
    return cell


def _row(inputs: ReportInputs, benchmark: str, mark: Mark, here: dict[float, dict[str, Any]], ks: list[float]):
    entry = next((e for e in inputs.experiments if e["name"] == mark.name), None)
    greedy = entry["cells"].get(benchmark) if entry else None
    best = max(row["maj"] for row in here.values())
    any_row = next(iter(here.values()))

    def cell(k: float, kind: str) -> dict[str, Any]:
        found = _cell(here.get(k), kind, [])
        return found | {"best": kind == "maj" and found["sort"] == best}

    return {
        "benchmark": inputs.title_of(benchmark),
        "mark": mark,
        "n": formats.count(any_row.get("n")),
        "greedy_sort": greedy["accuracy"] if greedy else -1.0,
        "greedy": formats.percent(greedy["accuracy"]) if greedy else formats.NOTHING,
        "greedy_published": _published(entry, benchmark),
        "greedy_samples": (greedy.get("samples") or 1) if greedy else 1,
        "by_k": set(here),
        "single": cell(1, "maj"),
        "maj": [cell(k, "maj") for k in ks],
        "pass": [cell(k, "pass") for k in ks],
    }
