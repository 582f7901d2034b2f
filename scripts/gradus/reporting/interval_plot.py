"""Values with intervals, one row each, on a common axis: dot plots of accuracies, forest plots of differences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gradus.reporting import axes, svg
from gradus.reporting.marks import Mark

WIDTH = 380
LABEL_CHARACTERS = 20
LABEL_WIDTH = 128
VALUE_WIDTH = 48
TOP = 6


@dataclass(frozen=True)
class Row:
    """One value. `tip` is the text shown on hover; a hollow point marks a difference that is not significant;
    `published` is another's value for the same, an upright stroke.
    """

    mark: Mark
    value: float
    low: float
    high: float
    shown: str
    tip: str
    hollow: bool = False
    strong: bool = False
    published: float | None = None


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
    """The picture. `domain` is the axis in data units; `reference` (the baseline, zero) is a broken vertical line."""
    left, right = LABEL_WIDTH + 8, WIDTH - VALUE_WIDTH
    scale = axes.Scale(*domain, left, right)
    drawn: list[Markup] = []
    y = float(TOP)
    for line in lines:
        if isinstance(line, Heading):
            drawn.append(svg.text(0, y + 16, line.text, class_="heading"))
            y += 24
        else:
            shape, height = _row(line, y, scale)
            drawn.append(shape)
            y += height
    bottom = y + 2
    axis = _axis(scale, domain, tick_text, bottom, reference)
    return svg.Picture([axis, *drawn], WIDTH, bottom + 20, label, "plot rows")


def _axis(scale: axes.Scale, domain: tuple[float, float], tick_text, bottom: float, reference: float | None) -> Markup:
    shapes: list[Markup] = []
    for tick in axes.ticks(*domain, parts=4):
        shapes.append(svg.line(scale(tick), TOP, scale(tick), bottom, class_="grid"))
        shapes.append(svg.text(scale(tick), bottom + 14, tick_text(tick), class_="tick", text_anchor="middle"))
    if reference is not None:
        shapes.append(svg.line(scale(reference), TOP, scale(reference), bottom, class_="reference"))
    return svg.group(shapes)


def _published(row: Row, middle: float, scale: axes.Scale) -> list[Markup]:
    if row.published is None:
        return []
    at = scale(min(max(row.published, scale.low), scale.high))
    return [svg.line(at, middle - 7, at, middle + 7, class_="published")]


def _row(row: Row, y: float, scale: axes.Scale) -> tuple[Markup, float]:
    label = svg.wrapped(row.mark.title, LABEL_CHARACTERS)
    height = 24.0 if len(label) == 1 else 34.0
    middle = y + height / 2
    first = middle + 4 if len(label) == 1 else middle - 3
    weight = " strong" if row.strong else ""
    low, high = max(row.low, scale.low), min(row.high, scale.high)
    shapes = [
        svg.rectangle(0, y, WIDTH, height, class_="hit"),
        *(svg.text(0, first + 13 * i, part, class_="label" + weight) for i, part in enumerate(label)),
        svg.group(
            [
                *_published(row, middle, scale),
                svg.line(scale(low), middle, scale(high), middle, class_="interval"),
                svg.marker(row.mark.shape, scale(row.value), middle, class_="point hollow" if row.hollow else "point"),
            ],
            class_=row.mark.colour,
        ),
        svg.text(WIDTH, middle + 4, row.shown, class_="value" + weight, text_anchor="end"),
    ]
    return svg.group(shapes, class_="row", data_tip=row.tip), height
