"""Distributions side by side: a row an experiment, in it a box for each kind of value, all on one axis from 0."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gradus.reporting import formats
from gradus.reporting.plots import axes, row_plot, svg

BOX_HEIGHT = 8.0
BOX_PITCH = 10.0
THINNEST = 5.0
"""A box whose quartiles are equal is still seen on both sides of its median."""


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
    scale = axes.Scale(0.0, max(longest, 1.0), row_plot.LEFT, row_plot.RIGHT)
    drawn: list[Markup] = []
    y = float(row_plot.TOP)
    for row in rows:
        tall = row_plot.height(row.label, BOX_PITCH * len(row.boxes) + 8)
        top = y + tall / 2 - BOX_PITCH * len(row.boxes) / 2 + (BOX_PITCH - BOX_HEIGHT) / 2
        shapes = [shape for i, box in enumerate(row.boxes) for shape in _box(box, top + BOX_PITCH * i, scale)]
        drawn.append(row_plot.row(row.label, y, tall, shapes, row.shown, row.tip))
        y += tall
    bottom = y + 2
    axis = row_plot.axis(axes.ticks(scale.low, scale.high, 4), scale, formats.count, bottom)
    return row_plot.picture([svg.group(axis), *drawn], bottom, label)


def _box(box: Box, top: float, scale: axes.Scale) -> list[Markup]:
    centre, span = top + BOX_HEIGHT / 2, scale(box.q3) - scale(box.q1)
    width = max(span, THINNEST)
    left = scale(box.q1) - (width - span) / 2
    return [
        svg.line(scale(box.low), centre, scale(box.high), centre, class_="whisker"),
        svg.rectangle(left, top, width, BOX_HEIGHT, class_=f"part {box.style}"),
        svg.line(scale(box.median), top, scale(box.median), top + BOX_HEIGHT, class_="median"),
    ]
