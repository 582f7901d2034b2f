"""Markdown tables that line up in a terminal, and the cells they share."""

import re
from collections.abc import Sequence
from unicodedata import combining, east_asian_width

from gradus.statistics.intervals import longer_arm

ABSENT = "–"
LINE_CHARACTERS = 120
"""Notes below a table are wrapped at this length."""
ENDS_MEANING = "[low, high] where an end of the ± would be below 0 or above 100"


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
    """As `79.4% ±3.8`, or `0.0% [0.0, 11.4]`: see `arm_or_ends`."""
    return f"{percent(share)} {arm_or_ends(share, interval)}"


def arm_or_ends(share: float, interval: Sequence[float]) -> str:
    """The interval of a share in points: as `±3.8`, its longer arm, or as `[0.0, 11.4]`, its ends, where an end of the
    ± as printed would be below 0 or above 100. Ends are kept within 0 to 100.
    """
    value, arm = round(100 * share, 1), round(100 * longer_arm(share, interval), 1)
    if round(value - arm, 1) >= 0 and round(value + arm, 1) <= 100:
        return f"±{arm:.1f}"
    low, high = (min(100.0, max(0.0, 100 * end)) for end in interval)
    return f"[{low:.1f}, {high:.1f}]"


def bold(text: str) -> str:
    return f"**{text}**"


def _width(text: str) -> int:
    """Columns the text takes in a terminal."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
