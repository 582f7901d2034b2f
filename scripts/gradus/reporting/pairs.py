"""Paired differences in plots, each kind of comparison on its own scale, and all of them in a table."""

from collections.abc import Sequence
from typing import TypedDict

from gradus.evaluation.findings import State
from gradus.evaluation.questions import DECLARED
from gradus.reporting import formats
from gradus.reporting.differences import ROLES, Difference, differences
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots import axes
from gradus.reporting.plots.intervals import Fill, Heading, Row, interval_plot
from gradus.reporting.plots.marks import Mark
from gradus.reporting.plots.panel import Panel
from gradus.reporting.questions import verdict
from gradus.specs.evaluation import Role

FILLS: dict[State, Fill] = {"shown": "filled", "alone": "dotted", "not shown": "hollow"}
STATES: dict[State, str] = {
    "shown": "shown to differ",
    "alone": "alone, not within the family",
    "not shown": "not shown to differ",
}


class Group(TypedDict):
    """Comparisons of one kind, a plot a benchmark. `name` is part of the names of their files."""

    name: str
    title: str
    plots: list[Panel]


class PairView(TypedDict):
    """A comparison as text; `sort` is what columns are sorted by."""

    a: Mark
    b: Mark
    benchmark: str
    n: str
    accuracy_a: str
    accuracy_b: str
    delta: str
    star: str
    interval: str
    p: str
    p_adjusted: str
    said: str
    significant: bool
    sort: Difference


class Pairs(TypedDict):
    """`legend`: the fills that there are and what they mean. `zoomed`: whether any row is beyond its axis."""

    groups: list[Group]
    rows: list[PairView]
    count: int
    legend: list[tuple[Fill, str]]
    stars: list[str]
    zoomed: bool


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> Pairs | None:
    """Forest plots (a group for each kind of comparison, in it one per benchmark) and the table of all pairs; None
    without comparisons.
    """
    found = [d for d in differences(inputs) if d.a in marks and d.b in marks]
    if not found:
        return None
    titles: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
        ("questions", "The study's questions", DECLARED),
        ("parents", "Against what training started from", ("parent",)),
        ("baseline", f"Against {inputs.title_of(inputs.baseline['name'])}", ("baseline",)),
    )
    groups: list[Group] = []
    zoomed = False
    for name, title, roles in titles:
        plots: list[Panel] = []
        for benchmark in inputs.benchmarks:
            here = [d for d in found if d.role in roles and d.benchmark == benchmark["name"]]
            if here:
                lines, domain = _lines(here, marks), _domain(here)
                zoomed |= any(line.beyond(domain) for line in lines if isinstance(line, Row))
                on = inputs.title_of(benchmark["name"])
                label = f"{title}: differences in accuracy on {on}, in percentage points, with 95% intervals"
                picture = interval_plot(lines, label, _tick, domain, reference=0.0)
                plots.append(Panel(benchmark["name"], on, picture, here[0].n))
        if plots:
            groups.append({"name": name, "title": title, "plots": plots})
    states = {d.state for d in found}
    return {
        "groups": groups,
        "rows": [_view(inputs, d, marks) for d in found],
        "count": len(found),
        "legend": [(FILLS[state], text) for state, text in STATES.items() if state in states],
        "stars": sorted({d.star for d in found} - {""}),
        "zoomed": zoomed,
    }


def _tick(value: float) -> str:
    return formats.points(value).removesuffix(".0")


def _domain(here: Sequence[Difference]) -> tuple[float, float]:
    """0 is on the axis; a comparison may be far from all others."""
    return axes.domain(axes.zoomed([(d.low, d.high) for d in here], kept=[0.0]), 4)


def _lines(here: Sequence[Difference], marks: dict[str, Mark]) -> list[Row | Heading]:
    """Rows below the experiment that they are compared with, the primary comparison before all."""
    lines: list[Row | Heading] = []
    ordered = sorted(here, key=lambda d: (ROLES.index(d.role), marks[d.a].index, marks[d.b].index))
    before: tuple[Role, str] | None = None
    for d in ordered:
        if before != (d.role, d.a):
            lines.append(Heading(f"against {marks[d.a].title}" + (" (primary)" if d.role == "primary" else "")))
        before = (d.role, d.a)
        lines.append(_row(d, marks))
    return lines


def _row(d: Difference, marks: dict[str, Mark]) -> Row:
    tip = [
        f"{marks[d.b].title} − {marks[d.a].title}",
        f"{formats.percent(d.accuracy_b)} − {formats.percent(d.accuracy_a)} = {formats.points(d.delta)} points",
        f"95% interval: {formats.points_interval((d.low, d.high))}",
        f"p: {formats.p_value(d.p)}, adjusted: {formats.p_value(d.p_adjusted)}",
        verdict(d).capitalize(),
        f"Paired on {formats.count(d.n)} problems" + (", one training run of a side" if d.single else ""),
    ]
    shown = formats.points(d.delta) + d.star
    return Row(marks[d.b], d.delta, d.low, d.high, shown, "\n".join(tip), FILLS[d.state])


def _view(inputs: ReportInputs, d: Difference, marks: dict[str, Mark]) -> PairView:
    return {
        "a": marks[d.a],
        "b": marks[d.b],
        "benchmark": inputs.title_of(d.benchmark),
        "n": formats.count(d.n),
        "accuracy_a": formats.percent(d.accuracy_a),
        "accuracy_b": formats.percent(d.accuracy_b),
        "delta": formats.points(d.delta),
        "star": d.star,
        "interval": formats.points_interval((d.low, d.high)),
        "p": formats.p_value(d.p),
        "p_adjusted": formats.p_value(d.p_adjusted),
        "said": verdict(d),
        "significant": d.significant,
        "sort": d,
    }
