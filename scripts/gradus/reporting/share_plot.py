"""Parts of a whole, one bar a row: what became of an experiment's answers, what became of a teacher's completions."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gradus.reporting import formats, svg

WIDTH = 380
LABEL_CHARACTERS = 20
LABEL_WIDTH = 128
VALUE_WIDTH = 48


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
    """All bars have the same length: shares, not amounts. The amounts are in the text shown on hover."""
    left, span = LABEL_WIDTH + 8, WIDTH - VALUE_WIDTH - LABEL_WIDTH - 16
    y = 2.0
    rows: list[Markup] = []
    for bar in bars:
        lines = svg.wrapped(bar.label, LABEL_CHARACTERS)
        height = 24.0 if len(lines) == 1 else 34.0
        middle = y + height / 2
        first = middle + 4 if len(lines) == 1 else middle - 3
        shapes = [svg.rectangle(0, y, WIDTH, height, class_="hit")]
        shapes += [svg.text(0, first + 13 * i, text, class_="label") for i, text in enumerate(lines)]
        total = sum(part.amount for part in bar.parts)
        x = float(left)
        for part in bar.parts:
            if part.amount:
                width = span * part.amount / total
                shapes.append(svg.rectangle(x, middle - 6, width, 12, class_=f"part {part.style}"))
                x += width
        shapes.append(svg.text(WIDTH, middle + 4, bar.shown, class_="value", text_anchor="end"))
        rows.append(svg.group(shapes, class_="row", data_tip=_tip(bar, total)))
        y += height
    return svg.Picture(rows, WIDTH, y + 2, label, "plot rows")


def _tip(bar: Bar, total: int) -> str:
    lines = [bar.label]
    for part in bar.parts:
        if part.amount:
            lines.append(f"{part.name}: {formats.count(part.amount)} ({formats.percent(part.amount / total)})")
    return "\n".join(lines)
