"""Scales and ticks: from data to positions, with round numbers on the axes."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gradus.reporting import formats

FINEST = 1e-9
"""Shorter ranges have no ticks of their own: these are rounded to 12 decimals."""


@dataclass(frozen=True)
class Scale:
    """A linear or logarithmic (base 2) map from `[low, high]` in data to `[start, end]` in the picture."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high = self.low, self.high
        if self.logarithmic:
            value, low, high = math.log2(value), math.log2(low), math.log2(high)
        part = (value - low) / (high - low) if high > low else 0.5
        return self.start + part * (self.end - self.start)


def round_step(span: float, parts: int) -> float:
    """The round number (1, 2, 2.5 or 5 times a power of ten) that cuts `span` into about `parts` parts."""
    raw = span / max(parts, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= raw * 0.999)


def ticks(low: float, high: float, parts: int = 4) -> list[float]:
    """Round values within `[low, high]`."""
    if high - low < FINEST:
        return [low]
    step = round_step(high - low, parts)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def domain(values: Iterable[float], parts: int = 4, floor: float | None = None, ceiling: float | None = None):
    """`(low, high)`: the range of `values` widened to whole ticks, kept within `floor` and `ceiling`."""
    found = list(values)
    low, high = min(found), max(found)
    if low == high:
        pad = abs(low) * 0.1 or 1.0
        low, high = low - pad, high + pad
    step = round_step(high - low, parts)
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    if floor is not None:
        low = max(low, floor)
    if ceiling is not None:
        high = min(high, ceiling)
    return round(low, 12), round(high, 12)


# A row leaves the axis if the rest can then be drawn this much larger, and one row in so many may.
WORTH = 1.5
MOST_LEFT_OUT = 3


def zoomed(spans: Sequence[tuple[float, float]], kept: Sequence[float] = ()) -> tuple[float, float]:
    """The range to draw so that rows far from all others do not make these small. `spans`: least and largest of every
    row; `kept`: what the range must hold.

    Of all ways to leave out rows at either end, at most one in MOST_LEFT_OUT and only such that share nothing with the
    range of the others: the one with the smallest range times WORTH for each row that is left out. The full range where
    no way is better.
    """
    most = len(spans) // MOST_LEFT_OUT
    ways = [(below, above) for below in range(most + 1) for above in range(most + 1 - below)]
    return min(_without(spans, kept, *way) for way in ways)[2:]


def _without(
    spans: Sequence[tuple[float, float]], kept: Sequence[float], below: int, above: int
) -> tuple[float, int, float, float]:
    """The price of the range without the lowest and the highest rows, how many these are, and the range."""
    highest = sorted(range(len(spans)), key=lambda row: spans[row][1], reverse=True)[:above]
    lowest = sorted(range(len(spans)), key=lambda row: spans[row][0])[:below]
    left_out = {*lowest, *highest}
    ends = [end for row, span in enumerate(spans) if row not in left_out for end in span] + list(kept)
    low, high = min(ends), max(ends)
    apart = all(spans[row][1] < low or spans[row][0] > high for row in left_out)
    return (high - low) * WORTH ** len(left_out) if apart else math.inf, len(left_out), low, high


def tick_label(values: list[float]) -> Callable[[float], str]:
    """A formatter with just enough digits to tell the ticks `values` apart."""
    top = max((abs(value) for value in values), default=0.0)
    gap = min((b - a for a, b in pairwise(values)), default=top)
    if top and gap and (top < 0.001):
        return formats.number
    digits = next((d for d in range(7) if abs(round(gap, d) - gap) < 1e-9 * max(1.0, gap)), 6) if gap else 0
    return lambda value: f"{value:,.{digits}f}".replace("-", formats.MINUS)
