"""Distributions side by side: a row an experiment, in it a box for each kind of value, all on one axis from 0."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gradus.reporting import axes, formats, svg

WIDTH = 380
LABEL_CHARACTERS = 20
LABEL_WIDTH = 128
VALUE_WIDTH = 48
BOX_HEIGHT = 8.0
BOX_PITCH = 10.0
THINNEST = 5.0
"""A box whose quartiles are equal is still seen on both sides of its median."""
TOP = 6


@dataclass(frozen=True)
class Box:
    """The middle half from `q1` to `q3`, within a line from `low` to `high`. `style` is the CSS class of its fill."""

    style: str
    low: float
    q1: float
    median: float
    q3: float
    high: float


@dataclass(frozen=True)
class BoxRow:
    """A row: its boxes from top to bottom, the text at its end, and the text shown on hover."""

    label: str
    boxes: Sequence[Box]
    shown: str
    tip: str


def box_plot(rows: Sequence[BoxRow], label: str) -> svg.Picture:
    """The picture. The axis reaches the longest line of all rows."""
    longest = max((box.high for row in rows for box in row.boxes), default=1.0)
    scale = axes.Scale(0.0, max(longest, 1.0), LABEL_WIDTH + 8, WIDTH - VALUE_WIDTH)
    drawn: list[Markup] = []
    y = float(TOP)
    for row in rows:
        shape, height = _row(row, y, scale)
        drawn.append(shape)
        y += height
    bottom = y + 2
    ticks = axes.ticks(scale.low, scale.high, 4)
    axis = [svg.line(scale(tick), TOP, scale(tick), bottom, class_="grid") for tick in ticks]
    axis += [
        svg.text(scale(tick), bottom + 14, formats.count(tick), class_="tick", text_anchor="middle") for tick in ticks
    ]
    return svg.Picture([svg.group(axis), *drawn], WIDTH, bottom + 20, label, "plot rows")


def _row(row: BoxRow, y: float, scale: axes.Scale) -> tuple[Markup, float]:
    label = svg.wrapped(row.label, LABEL_CHARACTERS)
    height = max(24.0 if len(label) == 1 else 34.0, BOX_PITCH * len(row.boxes) + 8)
    middle = y + height / 2
    first = middle + 4 if len(label) == 1 else middle - 3
    top = middle - BOX_PITCH * len(row.boxes) / 2 + (BOX_PITCH - BOX_HEIGHT) / 2
    shapes = [
        svg.rectangle(0, y, WIDTH, height, class_="hit"),
        *(svg.text(0, first + 13 * i, part, class_="label") for i, part in enumerate(label)),
        *(shape for i, box in enumerate(row.boxes) for shape in _box(box, top + BOX_PITCH * i, scale)),
        svg.text(WIDTH, middle + 4, row.shown, class_="value", text_anchor="end"),
    ]
    return svg.group(shapes, class_="row", data_tip=row.tip), height


def _box(box: Box, top: float, scale: axes.Scale) -> list[Markup]:
    centre, span = top + BOX_HEIGHT / 2, scale(box.q3) - scale(box.q1)
    width = max(span, THINNEST)
    left = scale(box.q1) - (width - span) / 2
    return [
        svg.line(scale(box.low), centre, scale(box.high), centre, class_="whisker"),
        svg.rectangle(left, top, width, BOX_HEIGHT, class_=f"part {box.style}"),
        svg.line(scale(box.median), top, scale(box.median), top + BOX_HEIGHT, class_="median"),
    ]
