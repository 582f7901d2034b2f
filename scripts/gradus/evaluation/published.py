"""A published value beside the measured one: the difference, and whether the measured interval reaches it."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from gradus.evaluation.pipe_table import percent
from gradus.study.settings.published import PublishedNumber

PublishedVotes = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Experiment -> benchmark -> `alone`, `maj@16`, `pass@16`, ... -> published share."""
OUTSIDE = "†"
LABEL = "published"


class PublishedValue(TypedDict):
    """`low`, `high`: ends of the published range as shares, equal where it is one share; `error`: what is published
    after ±; `correct`, `of`: published counts. `delta`: the measured share less the published one, or less the nearer
    end of a range that it is not in; `inside`: whether the 95% interval of the measured one reaches what is published.
    Both are None where nothing is measured.
    """

    low: float
    high: float
    error: float | None
    correct: int | None
    of: int | None
    delta: float | None
    inside: bool | None


def one_share(value: float) -> PublishedNumber:
    return PublishedNumber(low=value, high=value)


def beside(published: PublishedNumber, measured: float | None, interval: Sequence[float] | None) -> PublishedValue:
    """A published share beside the measured one with its interval, if there is one."""
    delta = inside = None
    if measured is not None and interval is not None:
        delta = measured - min(max(measured, published.low), published.high)
        inside = interval[0] <= published.high and published.low <= interval[1]
    return {
        "low": published.low,
        "high": published.high,
        "error": published.error,
        "correct": published.correct,
        "of": published.of,
        "delta": delta,
        "inside": inside,
    }


def as_published(value: PublishedValue) -> str:
    """As `90.2%`, `85.0–90.0%`, `79.4% ± 3.5` or `45.6%, 601 of 1,319`."""
    if value["low"] < value["high"]:
        return f"{percent(value['low']).removesuffix('%')}–{percent(value['high'])}"
    text = percent(value["low"])
    if value["error"] is not None:
        text += f" ± {100 * value['error']:.1f}"
    if value["of"] is not None:
        text += f", {value['correct']:,} of {value['of']:,}"
    return text


def in_words(value: PublishedValue | None) -> str:
    """As `90.2% (−0.4)`, or `90.2%` where nothing is measured; empty where nothing is published."""
    if value is None:
        return ""
    text = as_published(value)
    if value["delta"] is None:
        return text
    return f"{text} ({points(value['delta'])})" + ("" if value["inside"] else f" {OUTSIDE}")


def points(delta: float) -> str:
    """A difference of shares in points, signed: `+5.8`, `−0.4`, `0.0`."""
    text = f"{100 * delta:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def note(source: str) -> str:
    """What the rows of published values mean."""
    return (
        f"{LABEL}: {source or 'values that the study names'}. In brackets what is measured less that, in points, 0 "
        f"within a range; {OUTSIDE} where the 95% interval of what is measured does not reach the published value, "
        "which has an interval of its own."
    )
