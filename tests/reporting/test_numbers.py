"""Numbers on the page: formats, ticks and scales, by hand and by property."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.reporting import formats
from gradus.reporting.plots import axes

FINITE = st.floats(-1e6, 1e6, allow_nan=False)


def test_shares_and_points() -> None:
    assert formats.percent(0.852) == "85.2%"
    assert formats.percent(None) == "–"
    assert formats.points(0.108) == "+10.8"
    assert formats.points(-0.022) == "−2.2"
    assert formats.points(-0.0001) == "0.0"
    assert formats.points_interval((-0.01, 0.026)) == "−1.0 to +2.6"
    assert formats.share_interval((0.8, 0.875)) == "80.0 to 87.5%"


@pytest.mark.parametrize(
    ("p", "shown"),
    [(0.0, "<0.001"), (0.00099, "<0.001"), (0.001, "0.001"), (0.0341, "0.034"), (0.41, "0.41"), (1, "1.00")],
)
def test_p_values(p: float, shown: str) -> None:
    assert formats.p_value(p) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        *[(0, "0 s"), (0.42, "0.4 s"), (9.96, "10 s"), (48.2, "48 s"), (59.7, "1 min 00 s"), (200, "3 min 20 s")],
        *[(3599.8, "1 h 00 min"), (47_100, "13 h 05 min"), (3_600_000, "1,000 h 00 min"), (None, "–")],
    ],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert formats.duration(seconds) == shown


def test_amounts() -> None:
    assert formats.count(1319.4) == "1,319"
    assert formats.dollars(12.5) == "$12.50"
    assert formats.dollars(0.00123) == "$0.0012"
    assert formats.dollars(0.0) == "$0.00"
    assert formats.finite(math.nan) is formats.finite(math.inf) is formats.finite("1") is formats.finite(True) is None
    assert formats.finite(2) == 2.0


@given(st.text(), st.integers(10, 60))
def test_a_clipped_text_keeps_its_ends(text: str, limit: int) -> None:
    short, cut = formats.clip(text, limit)
    assert cut == max(0, len(text) - limit)
    if cut:
        head, tail = short.split("\n[…]\n", 1) if "\n[…]\n" not in text else (text[:1], text[-1:])
        assert text.startswith(head)
        assert text.endswith(tail)
    else:
        assert short == text


def test_ticks_are_round() -> None:
    assert axes.ticks(0.0, 1.0) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert axes.ticks(1, 124, 5) == [25, 50, 75, 100]
    assert axes.domain([0.713, 0.922]) == (0.7, 1.0)
    assert axes.domain([0.713, 0.902]) == (0.7, 0.95)
    assert axes.domain([0.5, 0.99], floor=0.0, ceiling=1.0) == (0.4, 1.0)


@given(FINITE, FINITE, st.integers(1, 10))
def test_ticks_lie_within_and_the_domain_holds_its_values(a: float, b: float, parts: int) -> None:
    low, high = axes.domain([a, b], parts)
    slack = 1e-9 * max(1.0, abs(a), abs(b))
    assert low <= min(a, b) + slack
    assert high >= max(a, b) - slack
    assert all(low - slack <= tick <= high + slack for tick in axes.ticks(low, high, parts))
    assert len(axes.ticks(low, high, parts)) <= 3 * parts + 3


def test_tick_labels_tell_neighbours_apart() -> None:
    assert [axes.tick_label([0.0, 0.25, 0.5])(x) for x in (0.0, 0.25, -0.5)] == ["0.00", "0.25", "−0.50"]
    assert [axes.tick_label([0.0, 1000.0, 2000.0])(x) for x in (0.0, 2000.0)] == ["0", "2,000"]


def test_scales() -> None:
    assert axes.Scale(0, 10, 100, 200)(2.5) == 125
    assert axes.Scale(1, 16, 0, 4, logarithmic=True)(8) == pytest.approx(3)
    assert axes.Scale(5, 5, 0, 10)(5) == 5
