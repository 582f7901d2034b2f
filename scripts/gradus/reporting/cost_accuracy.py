"""Accuracy against what it took: the whole chain behind an experiment's weights, and which of them nothing beats."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from gradus.reporting import formats
from gradus.reporting.chains import Cost
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.lines import Line, LinePlot
from gradus.reporting.plots.marks import Mark

HOUR, MINUTE = 3600.0, 60.0


@dataclass(frozen=True)
class Measure:
    """What is counted as cost: a field of `Cost`, how it is called, and how many of its unit are one on the axis."""

    field: str
    name: str
    unit: float


class Value(TypedDict):
    """`sort` is what its column is sorted by; `front`: on the Pareto front of its benchmark."""

    text: str
    sort: float
    front: bool


class RowView(TypedDict):
    """An experiment: what its own training and its whole chain took, and its accuracies."""

    mark: Mark
    jobs: str
    own: Value
    chain: Value
    dollars: Value
    accuracies: list[Value | None]


class CostAccuracy(TypedDict):
    """`measure`: what the plots count. `spent`: whether anything was paid for. `runs`: whether any experiment has
    several training runs, over which costs are means.
    """

    plots: list[LinePlot]
    measure: str
    columns: list[str]
    rows: list[RowView]
    spent: bool
    runs: bool
    legend: list[Mark]


def section(inputs: ReportInputs, plots: list[LinePlot], marks: dict[str, Mark]) -> CostAccuracy | None:
    """In the order of the ablation table; None where it is not known what anything took."""
    costs = chain_costs(inputs)
    if not costs:
        return None
    fronts = {benchmark["name"]: front(inputs, benchmark["name"], costs) for benchmark in inputs.benchmarks}
    own = own_costs(inputs)
    measure = measure_of(costs)
    return {
        "plots": plots,
        "measure": measure.name,
        "columns": [inputs.title_of(benchmark["name"]) for benchmark in inputs.benchmarks],
        "rows": [
            {
                "mark": marks[name],
                "jobs": "\n".join(["Behind its weights:", *inputs.chains[name][0]]),
                "own": _time(own[name]),
                "chain": _time(cost),
                "dollars": {"text": formats.dollars(cost.dollars), "sort": cost.dollars, "front": False},
                "accuracies": [_accuracy(inputs, name, benchmark, fronts) for benchmark in fronts],
            }
            for name, cost in costs.items()
        ],
        "spent": any(cost.dollars for cost in costs.values()),
        "runs": any(len(chains) > 1 for chains in inputs.chains.values()),
        "legend": [marks[name] for name in costs],
    }


def plots(inputs: ReportInputs, marks: dict[str, Mark]) -> list[LinePlot]:
    """One a benchmark: a point an experiment, hollow where another one is as good for less."""
    costs = chain_costs(inputs)
    measure = measure_of(costs)
    found: list[LinePlot] = []
    for benchmark in inputs.benchmarks:
        name = benchmark["name"]
        best = front(inputs, name, costs)
        lines = []
        for entry in inputs.experiments:
            cell, cost = entry["cells"].get(name), costs.get(entry["name"])
            if cell and cost:
                low, high = cell["ci95"]
                on = entry["name"] in best
                x = getattr(cost, measure.field) / measure.unit
                style, note = ("line", "on the front") if on else ("points", "")
                mark, y = marks[entry["name"]], cell["accuracy"]
                lines.append(Line(mark, [x], [y], low=[low], high=[high], style=style, note=note))
        if len(lines) > 1:
            plot = LinePlot(f"cost-{name}", inputs.title_of(name), lines, x_name=measure.name, share=True)
            found.append(plot)
    return found


def chain_costs(inputs: ReportInputs) -> dict[str, Cost]:
    """What the whole chain of one training run took, by experiment; the mean where there are several."""
    jobs = {row.name: row for row in inputs.ledger}
    return {
        entry["name"]: Cost.mean([Cost.of(jobs[job] for job in chain) for chain in inputs.chains[entry["name"]]])
        for entry in inputs.experiments
        if entry["name"] in inputs.chains
    }


def own_costs(inputs: ReportInputs) -> dict[str, Cost]:
    """What the training of an experiment itself took, as above; nothing where it is not trained."""
    jobs = {row.name: row for row in inputs.ledger}
    found: dict[str, Cost] = {}
    for name, chains in inputs.chains.items():
        # the runs of an experiment that is trained are named after it, so only they are in a chain of its own
        own = [f"models/{run}" for run in inputs.runs_of(name)]
        found[name] = Cost.mean([Cost.of(jobs[job] for job in chain if job in own) for chain in chains])
    return found


def front(inputs: ReportInputs, benchmark: str, costs: Mapping[str, Cost]) -> set[str]:
    """The experiments than which no other is as accurate for less, or more accurate for as much."""
    measure = measure_of(costs)
    points = [
        (getattr(costs[entry["name"]], measure.field), -entry["cells"][benchmark]["accuracy"], entry["name"])
        for entry in inputs.experiments
        if benchmark in entry["cells"] and entry["name"] in costs
    ]

    def is_beaten(cost: float, missed: float) -> bool:
        return any(c <= cost and m <= missed and (c, m) != (cost, missed) for c, m, _ in points)

    return {name for cost, missed, name in points if not is_beaten(cost, missed)}


def measure_of(costs: Mapping[str, Cost]) -> Measure:
    """Dollars where anything was paid, else GPU time where there was a GPU, else the time of jobs."""
    if any(cost.dollars for cost in costs.values()):
        return Measure("dollars", "dollars", 1.0)
    field, what = ("gpu_seconds", "GPU ") if any(cost.gpu_seconds for cost in costs.values()) else ("seconds", "")
    longest = max((getattr(cost, field) for cost in costs.values()), default=0.0)
    unit, name = (HOUR, "hours") if longest >= 2 * HOUR else (MINUTE, "minutes")
    return Measure(field, f"{what}{name}" if what else f"{name} of jobs", unit)


def _time(cost: Cost) -> Value:
    seconds = cost.gpu_seconds or cost.seconds
    return {"text": formats.duration(seconds), "sort": seconds, "front": False}


def _accuracy(inputs: ReportInputs, name: str, benchmark: str, fronts: Mapping[str, set[str]]) -> Value | None:
    cell = next(entry for entry in inputs.experiments if entry["name"] == name)["cells"].get(benchmark)
    if cell is None:
        return None
    on = name in fronts[benchmark]
    return {"text": formats.percent(cell["accuracy"]), "sort": cell["accuracy"], "front": on}
