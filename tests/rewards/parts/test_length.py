"""The cosine reward by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.made_completion import completion, value


@pytest.mark.parametrize(
    ("tokens", "right", "expected"),
    [
        (0, True, 1.0),
        (50, True, 0.75),
        (100, True, 0.5),
        (0, False, -1.0),
        (50, False, -0.75),
        (100, False, -0.5),
        (25, True, 0.75 + 0.25 * math.sqrt(0.5)),
    ],
)
def test_the_cosine_by_hand(tokens: int, right: bool, expected: float) -> None:
    text = "\\boxed{4}" if right else "\\boxed{5}"
    assert value("length", completion(text, tokens=tokens)) == pytest.approx(expected)


def test_a_completion_that_was_cut_earns_the_least_even_if_right() -> None:
    assert value("length", completion(tokens=100, finish_reason="length")) == -1.0


@given(st.integers(0, 99), st.booleans())
def test_right_answers_earn_less_the_longer_and_wrong_ones_more(tokens: int, right: bool) -> None:
    text = "\\boxed{4}" if right else "\\boxed{5}"
    here, longer = (value("length", completion(text, tokens=n)) for n in (tokens, tokens + 1))
    assert (here > longer) is right
