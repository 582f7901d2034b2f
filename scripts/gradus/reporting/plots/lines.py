"""Lines over steps or over k: learning curves, losses, pass@k. A static picture, and the numbers its cursor reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from markupsafe import Markup

from gradus.reporting import formats
from gradus.reporting.plots import axes, svg
from gradus.reporting.plots.marks import Mark

WIDTH, HEIGHT = 380, 215
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 10, 34


@dataclass(frozen=True)
class Line:
    """One run's values. `faint` are the values before smoothing; `low` and `high` bound an interval at each x.

    `style`: `line`, or `points` for values that are few and far between. `note` tells two lines of one run
    apart; `marked` puts a marker on every value; without `banded` the cursor alone tells intervals, for many lines.
    """

    mark: Mark
    x: Sequence[float]
    y: Sequence[float]
    faint: Sequence[float] = ()
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    style: str = "line"
    note: str = ""
    marked: bool = False
    banded: bool = True

    @property
    def name(self) -> str:
        return f"{self.mark.title}, {self.note}" if self.note else self.mark.title


@dataclass(frozen=True)
class LinePlot:
    """A chart: its lines, what x counts, and how values are written (`share`: as percent). `from_zero`: the axis starts
    at 0 unless there are values below.
    """

    name: str
    title: str
    lines: Sequence[Line]
    x_name: str = "step"
    share: bool = False
    logarithmic: bool = False
    floor: float | None = None
    ceiling: float | None = None
    from_zero: bool = False
    x_ticks: Sequence[float] = ()

    def scales(self) -> tuple[axes.Scale, axes.Scale]:
        xs = [x for line in self.lines for x in line.x]
        # The axis follows the smoothed lines and the intervals; of the faint values only what is not an outlier.
        drawn = [(*line.low, *line.high) if line.banded else () for line in self.lines]
        ys = [y for line, ends in zip(self.lines, drawn) for y in (*line.y, *ends, *_middle(line.faint))]
        low, high = axes.domain([*ys, 0.0] if self.from_zero else ys, 4, self.floor, self.ceiling)
        across = axes.Scale(min(xs), max(xs), LEFT, WIDTH - RIGHT, self.logarithmic)
        return across, axes.Scale(low, high, HEIGHT - BOTTOM, TOP)

    def clipped(self) -> bool:
        """Whether any value is beyond the axis."""
        _, up = self.scales()
        return any(not up.low <= y <= up.high for line in self.lines for y in line.faint)


def by_samples(name: str, title: str, lines: Sequence[Line], ks: Sequence[int]) -> LinePlot:
    """Shares of questions against the number k of samples that each is answered by."""
    return LinePlot(
        name,
        title,
        lines,
        x_name="samples k",
        share=True,
        logarithmic=True,
        floor=0.0,
        ceiling=1.0,
        x_ticks=ks,
    )


def _middle(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    cut = len(ordered) // 50
    return ordered[cut : len(ordered) - cut]


def line_plot(plot: LinePlot) -> svg.Picture:
    """The picture of `plot`; every run's shapes are in a group with `data-run`, which the legend shows and hides."""
    across, up = plot.scales()
    groups = [_run(line, across, up, plot.name) for line in plot.lines]
    window = svg.element(
        "clipPath",
        svg.rectangle(LEFT - 5, TOP - 5, WIDTH - LEFT - RIGHT + 10, HEIGHT - TOP - BOTTOM + 10),
        id=f"clip-{plot.name}",
    )
    cursor = svg.line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, class_="cursor", visibility="hidden")
    label = f"{plot.title} against {plot.x_name}: {', '.join(dict.fromkeys(line.mark.title for line in plot.lines))}"
    shapes = [svg.element("defs", window), _frame(plot, across, up), *groups, *_beyond(plot, across, up), cursor]
    return svg.Picture(shapes, WIDTH, HEIGHT, label, "plot lines", chart=plot.name)


def _frame(plot: LinePlot, across: axes.Scale, up: axes.Scale) -> Markup:
    shapes: list[Markup] = []
    factor = 100.0 if plot.share else 1.0
    levels = axes.ticks(up.low, up.high, 4)
    write = axes.tick_label([level * factor for level in levels])
    for level in levels:
        shapes.append(svg.line(LEFT, up(level), WIDTH - RIGHT, up(level), class_="grid"))
        shown = write(level * factor) + ("%" if plot.share else "")
        shapes.append(svg.text(LEFT - 7, up(level) + 4, shown, class_="tick", text_anchor="end"))
    stops = list(plot.x_ticks) or axes.ticks(across.low, across.high, 5)
    write = axes.tick_label(stops)
    base = HEIGHT - BOTTOM
    shapes.append(svg.line(LEFT, base, WIDTH - RIGHT, base, class_="axis"))
    for stop in stops:
        shapes.append(svg.line(across(stop), base, across(stop), base + 4, class_="axis"))
        shapes.append(svg.text(across(stop), base + 16, write(stop), class_="tick", text_anchor="middle"))
    shapes.append(svg.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 3, plot.x_name, class_="tick", text_anchor="middle"))
    return svg.group(shapes)


def _run(line: Line, across: axes.Scale, up: axes.Scale, chart: str) -> Markup:
    places = [(across(x), up(y)) for x, y in zip(line.x, line.y)]
    shapes: list[Markup] = []
    if line.low and line.banded:
        lower = [(across(x), up(y)) for x, y in zip(line.x, line.low)]
        upper = [(across(x), up(y)) for x, y in zip(line.x, line.high)]
        if len(lower) == 1:
            shapes.append(svg.line(*lower[0], *upper[0], class_="interval"))
        else:
            shapes.append(svg.band(lower, upper, class_="band"))
    if line.faint:
        faint = [(across(x), up(y)) for x, y in zip(line.x, line.faint)]
        shapes.append(svg.polyline(faint, class_="faint"))
    if len(places) > 1:
        dash = "1 4" if line.style == "points" else line.mark.dash
        shapes.append(svg.polyline(places, class_="line", stroke_dasharray=dash))
    if line.style == "points" or line.marked or len(places) == 1:
        hollow = "point hollow" if line.style == "points" else "point"
        shapes += [svg.marker(line.mark.shape, x, y, 3.2, class_=hollow) for x, y in places]
    return svg.group(
        shapes, class_=f"run {line.mark.colour}", data_run=line.mark.index, clip_path=f"url(#clip-{chart})"
    )


def _beyond(plot: LinePlot, across: axes.Scale, up: axes.Scale) -> list[Markup]:
    """An arrow at the edge wherever a value of a faint line is beyond it; the farthest says how far."""
    outside = [
        [(x, y) for x, y in zip(line.x, line.faint) if not up.low <= y <= up.high] for line in plot.lines if line.faint
    ]
    farthest = max((max(y - up.high, up.low - y) for points in outside for _, y in points), default=0.0)
    groups: list[Markup] = []
    for line, points in zip((line for line in plot.lines if line.faint), outside):
        shapes: list[Markup] = []
        for x, y in points:
            edge, out = (up.end, -1) if y > up.high else (up.start, 1)
            at = across(x)
            corners = f"{at:.1f},{edge + 5 * out:.1f} {at - 3.5:.1f},{edge - out:.1f} {at + 3.5:.1f},{edge - out:.1f}"
            shapes.append(svg.element("polygon", points=corners, class_="beyond"))
            if max(y - up.high, up.low - y) == farthest:
                shown = formats.percent(y) if plot.share else formats.number(y)
                side = -1 if at > WIDTH / 2 else 1
                anchor = "end" if side < 0 else "start"
                shapes.append(svg.text(at + 6 * side, edge + 4 - 6 * out, shown, class_="tick", text_anchor=anchor))
        if shapes:
            groups.append(svg.group(shapes, class_=f"run {line.mark.colour}", data_run=line.mark.index))
    return groups


class CursorLine(TypedDict):
    """The points of one run, with their intervals where there are some."""

    run: int
    name: str
    x: list[float | int]
    y: list[float | int]
    low: NotRequired[list[float | int]]
    high: NotRequired[list[float | int]]


class Cursor(TypedDict):
    """The map of x: `[low, high]` in data, `[start, end]` in the picture; and the lines."""

    x: list[float]
    log: bool
    xName: str
    share: bool
    lines: list[CursorLine]


def cursor_data(plot: LinePlot) -> Cursor:
    """What the page's cursor needs to read values off the picture: the map of x, and the points of each line."""
    across, _ = plot.scales()
    lines: list[CursorLine] = []
    for line in plot.lines:
        points: CursorLine = {"run": line.mark.index, "name": line.name, "x": _short(line.x), "y": _short(line.y)}
        if line.low:
            points["low"], points["high"] = _short(line.low), _short(line.high)
        lines.append(points)
    return {
        "x": [across.low, across.high, across.start, across.end],
        "log": plot.logarithmic,
        "xName": plot.x_name,
        "share": plot.share,
        "lines": lines,
    }


def _short(values: Sequence[float]) -> list[float | int]:
    """With five significant digits: more than a reader needs, less than a page should carry."""
    rounded = [float(f"{value:.5g}") for value in values]
    return [int(value) if value % 1 == 0 and abs(value) < 1e15 else value for value in rounded]
