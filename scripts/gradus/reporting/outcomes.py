"""What became of each answer, as shares of a cell."""

from typing import TypedDict

from gradus.evaluation.outcomes import OUTCOMES, outcome_of
from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs, Sample
from gradus.reporting.marks import Mark
from gradus.reporting.panel import Panel
from gradus.reporting.share_plot import Bar, Part, share_plot


class Outcomes(TypedDict):
    """`legend`: name and title of every outcome that there is."""

    plots: list[Panel]
    legend: list[tuple[str, str]]


def outcome(sample: Sample) -> str:
    """The outcome of one completion."""
    return outcome_of(sample["correct"], sample["answer"], sample["finish_reason"])


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> Outcomes | None:
    """One bar per experiment in one picture per benchmark; None without samples."""
    plots: list[Panel] = []
    seen: set[str] = set()
    for benchmark in inputs.benchmarks:
        name, bars = benchmark["name"], []
        for entry in inputs.experiments:
            samples = inputs.samples.get((entry["name"], name))
            if samples:
                found = [outcome(sample) for sample in samples]
                seen.update(found)
                parts = [Part(title, found.count(key), key) for key, title in OUTCOMES.items()]
                tokens = sum(sample["tokens"] for sample in samples) / len(samples)
                bars.append(Bar(marks[entry["name"]].title, parts, formats.count(tokens)))
        if bars:
            label = f"Outcomes on {inputs.title_of(name)}: shares of answers by experiment"
            plots.append(Panel(name, inputs.title_of(name), share_plot(bars, label)))
    legend = [(key, title) for key, title in OUTCOMES.items() if key in seen]
    return {"plots": plots, "legend": legend} if plots else None
