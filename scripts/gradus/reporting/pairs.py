"""Paired differences: what the comparisons table says about two experiments, and its forest plot."""

from dataclasses import dataclass
from typing import TypedDict

from gradus.evaluation.intervals import SIGNIFICANCE_LEVEL
from gradus.reporting import axes, formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.interval_plot import Heading, Row, interval_plot
from gradus.reporting.marks import Mark
from gradus.reporting.panel import Panel
from gradus.reporting.svg import Picture


@dataclass(frozen=True)
class Difference:
    """Accuracy of `b` minus accuracy of `a` on the same `n` questions; p is adjusted for the number of comparisons."""

    a: str
    b: str
    benchmark: str
    n: int
    accuracy_a: float
    accuracy_b: float
    delta: float
    low: float
    high: float
    p: float | None
    p_adjusted: float | None

    @property
    def significant(self) -> bool:
        return self.p_adjusted is not None and self.p_adjusted < SIGNIFICANCE_LEVEL

    def turned(self) -> "Difference":
        """The same comparison read from the other side."""
        return Difference(
            a=self.b,
            b=self.a,
            benchmark=self.benchmark,
            n=self.n,
            accuracy_a=self.accuracy_b,
            accuracy_b=self.accuracy_a,
            delta=-self.delta,
            low=-self.high,
            high=-self.low,
            p=self.p,
            p_adjusted=self.p_adjusted,
        )


class PairView(TypedDict):
    """A comparison as text; `sort` is what columns are sorted by."""

    a: Mark
    b: Mark
    benchmark: str
    n: str
    accuracy_a: str
    accuracy_b: str
    delta: str
    interval: str
    p: str
    p_adjusted: str
    significant: bool
    sort: Difference


class Pairs(TypedDict):
    """`all_drawn`: whether every comparison is in a plot."""

    plots: list[Panel]
    rows: list[PairView]
    count: int
    all_drawn: bool


def differences(inputs: ReportInputs) -> list[Difference]:
    """All comparisons in the table's order, each with the baseline as `a` where it is part of it."""
    found = []
    for row in inputs.comparisons:
        difference = Difference(
            a=row["a"],
            b=row["b"],
            benchmark=row["benchmark"],
            n=int(row["n"]),
            accuracy_a=row["accuracy_a"],
            accuracy_b=row["accuracy_b"],
            delta=row["delta"],
            low=row["ci95_lo"],
            high=row["ci95_hi"],
            p=row.get("p"),
            p_adjusted=row.get("p_adjusted"),
        )
        found.append(difference.turned() if difference.b == inputs.baseline["name"] else difference)
    return found


def against_baseline(inputs: ReportInputs, experiment: str, benchmark: str) -> Difference | None:
    """The comparison of one experiment with the baseline on one benchmark, if there is one."""
    wanted = (inputs.baseline["name"], experiment, benchmark)
    return next((d for d in differences(inputs) if (d.a, d.b, d.benchmark) == wanted), None)


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> Pairs | None:
    """Forest plots (one per benchmark) and the table of all pairs; None without comparisons."""
    found = [d for d in differences(inputs) if d.a in marks and d.b in marks]
    if not found:
        return None
    drawn = [d for d in found if _is_drawn(inputs, d)]
    plots: list[Panel] = []
    for benchmark in inputs.benchmarks:
        here = [d for d in drawn if d.benchmark == benchmark["name"]]
        if here:
            picture = _forest(inputs, here, marks)
            plots.append(Panel(benchmark["name"], inputs.title_of(benchmark["name"]), picture, here[0].n))
    rows: list[PairView] = [
        {
            "a": marks[d.a],
            "b": marks[d.b],
            "benchmark": inputs.title_of(d.benchmark),
            "n": formats.count(d.n),
            "accuracy_a": formats.percent(d.accuracy_a),
            "accuracy_b": formats.percent(d.accuracy_b),
            "delta": formats.points(d.delta),
            "interval": formats.points_interval((d.low, d.high)),
            "p": formats.p_value(d.p),
            "p_adjusted": formats.p_value(d.p_adjusted),
            "significant": d.significant,
            "sort": d,
        }
        for d in found
    ]
    return {"plots": plots, "rows": rows, "count": len(rows), "all_drawn": len(drawn) == len(found)}


def _is_drawn(inputs: ReportInputs, difference: Difference) -> bool:
    """Against the baseline, or against the experiment that training started from; the rest is in the table only."""
    parents = {entry["name"]: entry.get("parent") for entry in inputs.experiments}
    return difference.a == inputs.baseline["name"] or parents.get(difference.b) == difference.a


def _forest(inputs: ReportInputs, here: list[Difference], marks: dict[str, Mark]) -> Picture:
    lines: list[Row | Heading] = []
    references = list(dict.fromkeys(d.a for d in here))
    references.sort(key=lambda name: marks[name].index)
    for reference in references:
        lines.append(Heading(f"against {marks[reference].title}"))
        group = sorted((d for d in here if d.a == reference), key=lambda d: marks[d.b].index)
        lines += [_row(d, marks) for d in group]
    domain = axes.domain([0.0, *(d.low for d in here), *(d.high for d in here)], 4)
    label = f"Differences in accuracy on {inputs.title_of(here[0].benchmark)}, in percentage points, with 95% intervals"
    return interval_plot(lines, label, lambda value: formats.points(value).removesuffix(".0"), domain, reference=0.0)


def _row(d: Difference, marks: dict[str, Mark]) -> Row:
    tip = "\n".join(
        [
            f"{marks[d.b].title} − {marks[d.a].title}",
            f"{formats.percent(d.accuracy_b)} − {formats.percent(d.accuracy_a)} = {formats.points(d.delta)} points",
            f"95% interval: {formats.points_interval((d.low, d.high))}",
            f"p: {formats.p_value(d.p)}, adjusted: {formats.p_value(d.p_adjusted)}",
            f"paired on {formats.count(d.n)} problems",
        ]
    )
    shown = formats.points(d.delta) + ("*" if d.significant else "")
    return Row(marks[d.b], d.delta, d.low, d.high, shown, tip, hollow=not d.significant)
