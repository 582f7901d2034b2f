"""A published value beside the measured one: the difference, and whether the measured interval reaches it."""

from collections.abc import Sequence
from typing import TypedDict

from gradus.evaluation.pipe_table import percent

OUTSIDE = "†"
LABEL = "published"


class PublishedValue(TypedDict):
    """`value`: the published share; `delta`: the measured one less this; `inside`: whether the 95% interval of the
    measured one holds the published value. Both are None where nothing is measured.
    """

    value: float
    delta: float | None
    inside: bool | None


def beside(published: float, measured: float | None, interval: Sequence[float] | None) -> PublishedValue:
    """A published value beside the measured one with its interval, if there is one."""
    if measured is None or interval is None:
        return {"value": published, "delta": None, "inside": None}
    low, high = interval
    return {"value": published, "delta": measured - published, "inside": low <= published <= high}


def in_words(value: PublishedValue | None) -> str:
    """As `90.2% (−0.4)`, or `90.2%` where nothing is measured; empty where nothing is published."""
    if value is None:
        return ""
    if value["delta"] is None:
        return percent(value["value"])
    return f"{percent(value['value'])} ({points(value['delta'])})" + ("" if value["inside"] else f" {OUTSIDE}")


def points(delta: float) -> str:
    """A difference of shares in points, signed: `+5.8`, `−0.4`, `0.0`."""
    text = f"{100 * delta:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def note(source: str) -> str:
    """What the rows of published values mean."""
    return (
        f"{LABEL}: {source or 'values that the study names'}. In brackets what is measured less that, in points; "
        f"{OUTSIDE} where the 95% Wilson interval of what is measured does not reach the published value, which has "
        "an interval of its own."
    )
