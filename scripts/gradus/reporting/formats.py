"""Numbers as readers expect them in print: percent, points, p-values, durations."""

import math

from gradus.evaluation import published

MINUS = "−"
NOTHING = "–"


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


def finite(value: object) -> float | None:
    """`value` as a finite float, or None for anything else (NaN, infinity, text, absent)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def percent(share: float | None, digits: int = 1) -> str:
    """0.852 -> `85.2%`."""
    return NOTHING if share is None else f"{100 * share:.{digits}f}%"


def points(delta: float | None) -> str:
    """A difference of shares in percentage points, always signed: 0.058 -> `+5.8`."""
    return NOTHING if delta is None else published.points(delta)


def size(delta: float) -> str:
    """The size of a difference of shares in percentage points: 0.024 -> `2.4`."""
    return f"{100 * abs(delta):.1f}"


def share_interval(interval: list[float] | tuple[float, float]) -> str:
    """(0.82, 0.88) -> `82.0 to 88.0%`."""
    low, high = interval
    return f"{_signed(f'{100 * low:.1f}')} to {_signed(f'{100 * high:.1f}')}%"


def points_interval(interval: list[float] | tuple[float, float]) -> str:
    """(-0.01, 0.03) -> `−1.0 to +3.0`."""
    low, high = interval
    return f"{points(low)} to {points(high)}"


def p_value(p: float | None) -> str:
    """Two significant digits, with the floor that journals use: `<0.001`."""
    if p is None:
        return NOTHING
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def p_phrase(p: float) -> str:
    """`p < 0.001` or `p = 0.034`, for running text, with spaces that do not break."""
    text = p_value(p)
    return f"p\u00a0{text[0]}\u00a0{text[1:]}" if text.startswith("<") else f"p\u00a0=\u00a0{text}"


def count(value: float | int | None) -> str:
    """1319 -> `1,319`."""
    return NOTHING if value is None else f"{round(value):,}"


def number(value: float | None) -> str:
    """A plain quantity to three or four significant digits, without exponents where they can be avoided."""
    if value is None:
        return NOTHING
    size = abs(value)
    if size >= 1000:
        return _signed(f"{value:,.0f}")
    if size >= 100 or value == 0:
        return _signed(f"{value:.0f}")
    if size >= 0.001:
        return _signed(f"{value:.3g}")
    return _signed(f"{value:.1e}")


def duration(seconds: float | None) -> str:
    """Seconds in the two units that matter: `0.4 s`, `48 s`, `3 min 20 s`, `13 h 05 min`."""
    if seconds is None:
        return NOTHING
    if seconds < 9.95:
        return "0 s" if seconds == 0 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(whole / 60)
    return f"{minutes // 60:,} h {minutes % 60:02d} min"


def dollars(value: float | None) -> str:
    """12.5 -> `$12.50`; less than a cent with two digits of its own, `$0.0012`."""
    if value is None:
        return NOTHING
    return f"${value:.2g}" if 0 < value < 0.01 else f"${value:,.2f}"


def gigabytes(value: int | None) -> str:
    """Bytes in units of 10^9: 52_520_000_000 -> `52.52 GB`; 0 is nothing known."""
    return NOTHING if not value else f"{value / 1e9:,.2f} GB"


def clip(text: str, limit: int) -> tuple[str, int]:
    """`text` with at most about `limit` characters, and how many were left out: the tail is kept, for the answer."""
    if len(text) <= limit:
        return text, 0
    head = limit * 3 // 5
    tail = limit - head
    return f"{text[:head]}\n[…]\n{text[-tail:]}", len(text) - limit
