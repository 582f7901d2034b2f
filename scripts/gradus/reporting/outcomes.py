"""What became of each answer, as shares of a cell."""

from collections import Counter
from typing import TypedDict

from gradus.evaluation.outcomes import OUTCOMES, outcome_of
from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs, Sample
from gradus.reporting.plots.marks import Mark
from gradus.reporting.plots.panel import Panel
from gradus.reporting.plots.shares import Bar, Part, share_plot


class Number(TypedDict):
    """`sort` is what its column is sorted by."""

    text: str
    share: str
    sort: float


class RowView(TypedDict):
    """The answers of a cell: how many there are, how many of each outcome, and their mean length in tokens."""

    benchmark: str
    mark: Mark
    answers: int
    numbers: list[Number]
    tokens: float


class Outcomes(TypedDict):
    """`legend`: name and title of every outcome that there is, in the order of the rows' numbers."""

    plots: list[Panel]
    legend: list[tuple[str, str]]
    rows: list[RowView]


def outcome(sample: Sample) -> str:
    """The outcome of one completion."""
    return outcome_of(sample["correct"], sample["answer"], sample["finish_reason"])


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> Outcomes | None:
    """One bar per experiment in one picture per benchmark, and the same as a table; None without samples."""
    plots: list[Panel] = []
    counted: list[tuple[str, Mark, Counter[str], float]] = []
    for benchmark in inputs.benchmarks:
        name, title, bars = benchmark["name"], inputs.title_of(benchmark["name"]), []
        for entry in inputs.experiments:
            samples = inputs.samples.get((entry["name"], name))
            if samples:
                mark, found = marks[entry["name"]], Counter(outcome(sample) for sample in samples)
                tokens = sum(sample["tokens"] for sample in samples) / len(samples)
                parts = [Part(title, found[key], key) for key, title in OUTCOMES.items()]
                bars.append(Bar(mark.title, parts, formats.count(tokens)))
                counted.append((title, mark, found, tokens))
        if bars:
            label = f"Outcomes on {title}: shares of answers by experiment"
            plots.append(Panel(name, title, share_plot(bars, label)))
    if not plots:
        return None
    legend = [(key, title) for key, title in OUTCOMES.items() if any(found[key] for _, _, found, _ in counted)]
    rows: list[RowView] = [
        {
            "benchmark": title,
            "mark": mark,
            "answers": found.total(),
            "numbers": [_number(found[key], found.total()) for key, _ in legend],
            "tokens": tokens,
        }
        for title, mark, found, tokens in counted
    ]
    return {"plots": plots, "legend": legend, "rows": rows}


def _number(amount: int, total: int) -> Number:
    return {"text": formats.count(amount), "share": formats.percent(amount / total), "sort": amount / total}
