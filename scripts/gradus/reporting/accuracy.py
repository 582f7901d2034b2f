"""Accuracies with their 95% intervals: one dot plot a benchmark, experiments as rows, the baseline as a line."""

from gradus.evaluation.ablation_table import Row
from gradus.reporting import axes, formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.interval_plot import Row as PlotRow
from gradus.reporting.interval_plot import interval_plot
from gradus.reporting.marks import Mark
from gradus.reporting.panel import Panel
from gradus.reporting.results import published_tip
from gradus.reporting.svg import Picture


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> list[Panel]:
    """One picture per benchmark that any experiment was evaluated on."""
    plots = []
    for benchmark in inputs.benchmarks:
        name = benchmark["name"]
        entries = [entry for entry in inputs.experiments if name in entry["cells"]]
        if entries:
            n = entries[0]["cells"][name]["n"]
            plots.append(Panel(name, inputs.title_of(name), _picture(inputs, name, entries, marks), n))
    return plots


def _picture(inputs: ReportInputs, benchmark: str, entries: list[Row], marks: dict[str, Mark]) -> Picture:
    best = max(entry["cells"][benchmark]["accuracy"] for entry in entries)
    rows = []
    for entry in entries:
        cell, mark = entry["cells"][benchmark], marks[entry["name"]]
        known = entry.get("published", {}).get(benchmark)
        low, high = cell["ci95"]
        tip = "\n".join(
            [
                mark.title,
                f"{formats.count(cell['correct'])} of {formats.count(cell['n'])}: {formats.percent(cell['accuracy'])}",
                f"95% interval (Wilson): {formats.share_interval(cell['ci95'])}",
                *([published_tip(known)] if known else []),
            ]
        )
        shown = formats.percent(cell["accuracy"])
        strong, published = cell["accuracy"] == best, known["value"] if known else None
        rows.append(PlotRow(mark, cell["accuracy"], low, high, shown, tip, strong=strong, published=published))
    ends = [end for row in rows for end in (row.low, row.high, row.published) if end is not None]
    domain = axes.domain(ends, 4, floor=0.0, ceiling=1.0)
    measured = inputs.baseline["cells"].get(benchmark)
    reference = measured["accuracy"] if measured else None
    label = f"Accuracy on {inputs.title_of(benchmark)} with 95% intervals, by experiment"
    return interval_plot(rows, label, lambda value: f"{100 * value:g}%", domain, reference)
