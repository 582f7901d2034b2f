"""Accuracy by level and by subject of the problems, where a benchmark has several."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Literal, TypedDict

import numpy as np

from gradus.evaluation.parts import MOST_PARTS
from gradus.reporting import formats
from gradus.reporting.inputs import Problem, ReportInputs, Sample
from gradus.reporting.plots.lines import Line, LinePlot
from gradus.reporting.plots.marks import Mark
from gradus.statistics.crossed import accuracy_interval
from gradus.statistics.intervals import Interval

Kind = Literal["level", "subject"]


class CellView(TypedDict):
    """An accuracy with its interval; `sort` is what its column is sorted by."""

    text: str
    interval: str
    sort: float
    tip: str


class PartsView(TypedDict):
    """A benchmark by level or by subject: `columns` are the parts with their numbers of problems."""

    title: str
    kind: Kind
    columns: list[tuple[str, str]]
    rows: list[tuple[Mark, list[CellView | None]]]


class Levels(TypedDict):
    """`runs`: whether any experiment has several training runs."""

    plots: list[LinePlot]
    tables: list[PartsView]
    runs: bool
    legend: list[Mark]


def section(inputs: ReportInputs, plots: list[LinePlot], marks: dict[str, Mark]) -> Levels | None:
    """Tables by level and then by subject, in the order of the benchmarks, but those of `reporting/parts.py`; None
    where there is nothing to show."""
    tables: list[PartsView] = []
    kinds: tuple[Kind, ...] = ("level", "subject")
    for benchmark in inputs.benchmarks:
        name, title = benchmark["name"], inputs.title_of(benchmark["name"])
        problems = inputs.problems.get(name, [])
        for kind in kinds:
            parts = {} if kind == benchmark.get("parts", {}).get("column") else parts_of(problems, kind)
            if parts and not (kind == "subject" and _same(parts, parts_of(problems, "level"))):
                columns = [(part, formats.count(len(ids))) for part, ids in parts.items()]
                rows = [
                    (marks[entry["name"]], [_cell(found, entry["name"], inputs) for found in by_part.values()])
                    for entry in inputs.experiments
                    if (by_part := _by_part(inputs, entry["name"], name, parts))
                ]
                if rows:
                    tables.append({"title": title, "kind": kind, "columns": columns, "rows": rows})
    if not tables and not plots:
        return None
    shown = {line.mark.name: line.mark for plot in plots for line in plot.lines}
    runs = any(len(inputs.runs_of(entry["name"])) > 1 for entry in inputs.experiments)
    return {"plots": plots, "tables": tables, "runs": runs, "legend": list(shown.values())}


def plots(inputs: ReportInputs, marks: dict[str, Mark]) -> list[LinePlot]:
    """Accuracy against the level, one a benchmark with several levels: a line an experiment."""
    found: list[LinePlot] = []
    for benchmark in inputs.benchmarks:
        name = benchmark["name"]
        parts = parts_of(inputs.problems.get(name, []), "level")
        lines: list[Line] = []
        for entry in inputs.experiments:
            by_part = _by_part(inputs, entry["name"], name, parts)
            if by_part and all(by_part.values()):
                levels = [int(part) for part in by_part]
                values = list(by_part.values())
                low, high = zip(*map(accuracy_interval, values))
                means = [float(np.mean(value)) for value in values]
                lines.append(Line(marks[entry["name"]], levels, means, low=low, high=high, marked=True, banded=False))
        if lines:
            plot = LinePlot(
                f"levels-{name}",
                inputs.title_of(name),
                lines,
                x_name="level",
                share=True,
                floor=0.0,
                ceiling=1.0,
                x_ticks=[int(part) for part in parts],
            )
            found.append(plot)
    return found


def parts_of(problems: Sequence[Problem], kind: Kind) -> Mapping[str, list[str]]:
    """Ids of problems by level or subject, levels in their order; nothing where all problems have the same or none."""
    parts: dict[str, list[str]] = {}
    for problem in problems:
        if (part := problem[kind]) not in (None, ""):
            parts.setdefault(str(part), []).append(problem["id"])
    if not 1 < len(parts) <= MOST_PARTS:
        return {}
    return {part: parts[part] for part in sorted(parts, key=int)} if kind == "level" else parts


def shares(samples: Sequence[Sample], ids: Sequence[str]) -> list[list[float]]:
    """A row a training run: of each of these problems the share of right answers; empty without all of them."""
    marks: dict[str, dict[str, list[bool]]] = {}
    for sample in samples:
        marks.setdefault(sample["run"], {}).setdefault(sample["id"], []).append(sample["correct"] is True)
    if not all(set(ids) <= found.keys() for found in marks.values()):
        return []
    return [[fmean(found[identifier]) for identifier in ids] for found in marks.values()]


def _by_part(
    inputs: ReportInputs, experiment: str, benchmark: str, parts: Mapping[str, list[str]]
) -> dict[str, list[list[float]]]:
    samples = inputs.samples.get((experiment, benchmark))
    return {part: shares(samples, ids) for part, ids in parts.items()} if samples else {}


def _cell(values: list[list[float]], experiment: str, inputs: ReportInputs) -> CellView | None:
    if not values:
        return None
    accuracy, interval = float(np.mean(values)), accuracy_interval(values)
    n, runs = len(values[0]), len(values)
    tip = [
        inputs.title_of(experiment),
        f"{formats.percent(accuracy)} of {formats.count(n)} problems",
        f"95% interval: {formats.share_interval(interval)}",
        *([f"{runs} training runs"] if runs > 1 else []),
    ]
    return {"text": formats.percent(accuracy), "interval": _ends(interval), "sort": accuracy, "tip": "\n".join(tip)}


def _ends(interval: Interval) -> str:
    return f"{100 * interval[0]:.0f}–{100 * interval[1]:.0f}"


def _same(parts: Mapping[str, list[str]], others: Mapping[str, list[str]]) -> bool:
    """Whether both divide the problems alike, as subjects that say the level in words."""
    return sorted(map(sorted, parts.values())) == sorted(map(sorted, others.values()))
