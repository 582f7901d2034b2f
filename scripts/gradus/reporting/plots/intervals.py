"""Values with intervals, one row each, on a common axis: dot plots of accuracies, forest plots of differences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from gradus.reporting.plots import axes, row_plot, svg
from gradus.reporting.plots.marks import Mark

Fill = Literal["filled", "dotted", "hollow"]
"""How sure a value is, in the words of the plot's caption."""


@dataclass(frozen=True)
class Row:
    """One value. `runs` are those that it is the mean of, small dots below it; `published` are the ends of another's
    value for the same, an upright stroke or a bracket; `tip` is what a reader is told of the row.
    """

    mark: Mark
    value: float
    low: float
    high: float
    shown: str
    tip: str
    fill: Fill = "filled"
    strong: bool = False
    published: tuple[float, float] | None = None
    runs: Sequence[float] = ()

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest of what is drawn."""
        found = [self.low, self.high, self.value, *self.runs]
        found += self.published or ()
        return min(found), max(found)

    def beyond(self, domain: tuple[float, float]) -> bool:
        """Whether any of it is beyond the axis."""
        slack = 1e-9 * (domain[1] - domain[0])
        return self.ends[0] < domain[0] - slack or self.ends[1] > domain[1] + slack


@dataclass(frozen=True)
class Heading:
    """A line of text between rows."""

    text: str


def interval_plot(
    lines: Sequence[Row | Heading],
    label: str,
    tick_text: Callable[[float], str],
    domain: tuple[float, float],
    reference: float | None = None,
) -> svg.Picture:
    """The picture. `domain` is the axis in data units: what is beyond it becomes an arrow at its end. `reference` (the
    baseline, zero) is a broken vertical line.
    """
    scale = axes.Scale(*domain, row_plot.LEFT, row_plot.RIGHT)
    drawn: list[Markup] = []
    y = float(row_plot.TOP)
    for line in lines:
        if isinstance(line, Heading):
            drawn.append(svg.text(0, y + 16, line.text, class_="heading"))
            y += 24
        else:
            tall = row_plot.height(line.mark.title, strong=line.strong)
            shapes = _shapes(line, y + tall / 2, scale)
            drawn.append(row_plot.row(line.mark.title, y, tall, shapes, line.shown, line.tip, strong=line.strong))
            y += tall
    bottom = y + 2
    axis = row_plot.axis(axes.ticks(*domain, parts=4), scale, tick_text, bottom)
    if reference is not None:
        axis.append(svg.line(scale(reference), row_plot.TOP, scale(reference), bottom, class_="reference"))
    return row_plot.picture([svg.group(axis), *drawn], bottom, label)


def point(shape: str, x: float, y: float, fill: Fill) -> list[Markup]:
    """A marker: filled, hollow, or hollow with a small one inside."""
    if fill == "filled":
        return [svg.marker(shape, x, y, class_="point")]
    inner = [svg.marker(shape, x, y, 2.0, class_="inner")] if fill == "dotted" else []
    return [svg.marker(shape, x, y, class_="point hollow"), *inner]


def _shapes(row: Row, middle: float, scale: axes.Scale) -> list[Markup]:
    shapes: list[Markup] = []
    if row.published is not None:
        low, high = max(row.published[0], scale.low), min(row.published[1], scale.high)
        if low < high:
            shapes.append(svg.line(scale(low), middle - 7, scale(high), middle - 7, class_="published"))
        for end in sorted(set(row.published)):
            if scale.low <= end <= scale.high:
                shapes.append(svg.line(scale(end), middle - 7, scale(end), middle + 7, class_="published"))
    low, high = max(row.low, scale.low), min(row.high, scale.high)
    if low < high:
        shapes.append(svg.line(scale(low), middle, scale(high), middle, class_="interval"))
    least, most = row.ends
    slack = 1e-9 * (scale.high - scale.low)
    if least < scale.low - slack:
        shapes.append(_arrow(scale.start, middle, -1))
    if most > scale.high + slack:
        shapes.append(_arrow(scale.end, middle, 1))
    if scale.low - slack <= row.value <= scale.high + slack:
        shapes += point(row.mark.shape, scale(row.value), middle, row.fill)
    shapes += [
        svg.marker("circle", scale(run), middle + 8, 1.8, class_="run-dot")
        for run in row.runs
        if scale.low <= run <= scale.high
    ]
    return [svg.group(shapes, class_=row.mark.colour)]


def _arrow(x: float, y: float, side: int) -> Markup:
    """At an end of the axis, pointing to what is beyond it."""
    corners = ((x + 7 * side, y), (x - 1 * side, y - 4.5), (x - 1 * side, y + 4.5))
    return svg.element("polygon", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in corners), class_="beyond")
