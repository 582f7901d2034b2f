"""Parts of a whole, one bar a row: what became of an experiment's answers, what became of a teacher's completions."""

from collections.abc import Sequence
from dataclasses import dataclass

from gradus.reporting import formats
from gradus.reporting.plots import axes, row_plot, svg


@dataclass(frozen=True)
class Part:
    """A part of a bar: `style` is the CSS class of its fill."""

    name: str
    amount: int
    style: str


@dataclass(frozen=True)
class Bar:
    """A row: its parts in order, and the text at its end."""

    label: str
    parts: Sequence[Part]
    shown: str = ""


def share_plot(bars: Sequence[Bar], label: str) -> svg.Picture:
    """All bars have the same length: shares, not amounts. The amounts are in the text that a reader is told."""
    scale = axes.Scale(0.0, 1.0, row_plot.LEFT, row_plot.RIGHT - 8)
    bottom = row_plot.TOP + sum(row_plot.height(bar.label) for bar in bars) + 2
    drawn = [svg.group(row_plot.axis(axes.ticks(0.0, 1.0), scale, lambda tick: f"{100 * tick:g}%", bottom))]
    y = float(row_plot.TOP)
    for bar in bars:
        tall = row_plot.height(bar.label)
        total = sum(part.amount for part in bar.parts)
        shapes = []
        before = 0
        for part in bar.parts:
            if part.amount:
                start, end = scale(before / total), scale((before + part.amount) / total)
                shapes.append(svg.rectangle(start, y + tall / 2 - 6, end - start, 12, class_=f"part {part.style}"))
                before += part.amount
        drawn.append(row_plot.row(bar.label, y, tall, shapes, bar.shown, _tip(bar, total)))
        y += tall
    return row_plot.picture(drawn, bottom, label)


def _tip(bar: Bar, total: int) -> str:
    lines = [bar.label]
    for part in bar.parts:
        if part.amount:
            lines.append(f"{part.name}: {formats.count(part.amount)} ({formats.percent(part.amount / total)})")
    return "\n".join(lines)
