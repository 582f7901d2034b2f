"""Markdown tables that line up in a terminal, and the cells they share."""

import re
from collections.abc import Sequence
from unicodedata import combining, east_asian_width

from gradus.evaluation.intervals import longer_arm

ABSENT = "–"
LINE_CHARACTERS = 120
"""Notes below a table are wrapped at this length."""


def pipe_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown pipe table, columns padded to their widest cell; text in the cells is escaped by `escape`."""
    widths = [max(3, *(_width(line[column]) for line in (header, *rows))) for column in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return "".join(
        "| " + " | ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths)) + " |\n"
        for line in lines
    )


def escape(text: str) -> str:
    """Plain text as one table cell: no line break, and no character that Markdown would read as a mark."""
    text = " ".join(text.split())
    # An underscore within a word (grpo_v2) is no mark.
    return re.sub(r"[\\|*`<\[]|(?<!\w)_|_(?!\w)", r"\\\g<0>", text)


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def percent_with_arm(share: float, interval: Sequence[float]) -> str:
    """As `79.4% ±3.8`: the ± is the longer arm of the interval, in points."""
    return f"{percent(share)} ±{100 * longer_arm(share, interval):.1f}"


def bold(text: str) -> str:
    return f"**{text}**"


def _width(text: str) -> int:
    """Columns the text takes in a terminal."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
