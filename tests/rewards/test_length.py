"""Parts of the reward that depend on length, against values by hand, and DAPO's formula against TRL's own."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.rewards.length import length, overlong, overlong_ramp, overlong_unanswered
from rewards.made_rollout import rollout

COSINE = {"right_short": 1.0, "right_long": 0.5, "wrong_short": -1.0, "wrong_long": -0.5, "cut": -1.0}


def test_overlong_is_for_what_was_cut() -> None:
    ended, cut, unanswered = rollout(), rollout(finish_reason="length"), rollout("\\boxed{4", finish_reason="length")
    assert [overlong(each) for each in (ended, cut, unanswered)] == [0.0, -1.0, -1.0]


def test_what_was_cut_with_an_answer_is_not_unanswered() -> None:
    cut = [rollout(text, finish_reason="length") for text in ("\\boxed{4}", "\\boxed{5}", "\\boxed{4", "4")]
    assert [overlong_unanswered(each) for each in cut] == [0.0, 0.0, -1.0, -1.0]
    assert overlong_unanswered(rollout("no answer")) == 0.0  # it ended by itself


@pytest.mark.parametrize(
    ("tokens", "cache", "value"),
    [
        (0, 20, 0.0),
        (80, 20, 0.0),
        (81, 20, -0.05),
        (90, 20, -0.5),
        (100, 20, -1.0),
        (50, 100, -0.5),
        (99, 1, 0.0),
        (100, 1, -1.0),
        (80, None, 0.0),  # a fifth of 100
        (90, None, -0.5),
    ],
)
def test_the_ramp_by_hand(tokens: int, cache: int | None, value: float) -> None:
    assert overlong_ramp(rollout(tokens=tokens), cache=cache) == pytest.approx(value)


def test_the_ramp_of_a_limit_below_five_tokens() -> None:
    assert [overlong_ramp(rollout(tokens=n, max_tokens=3), cache=None) for n in (1, 2, 3)] == [0, 0, -1]


def test_the_ramp_is_that_of_trl() -> None:
    rewards = pytest.importorskip("trl.rewards", reason="trl is not installed")
    theirs = rewards.get_soft_overlong_punishment(max_completion_len=100, soft_punish_cache=30)
    ours = [overlong_ramp(rollout(tokens=n), cache=30) for n in range(101)]
    assert ours == pytest.approx(theirs(completion_ids=[[0] * n for n in range(101)]))


@pytest.mark.parametrize(
    ("tokens", "right", "value"),
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
def test_the_cosine_by_hand(tokens: int, right: bool, value: float) -> None:
    text = "\\boxed{4}" if right else "\\boxed{5}"
    assert length(rollout(text, tokens=tokens), **COSINE) == pytest.approx(value)


def test_a_completion_that_was_cut_earns_the_least_even_if_right() -> None:
    assert length(rollout(tokens=100, finish_reason="length"), **COSINE) == -1.0


@given(st.integers(0, 99), st.booleans())
def test_right_answers_earn_less_the_longer_and_wrong_ones_more(tokens: int, right: bool) -> None:
    text = "\\boxed{4}" if right else "\\boxed{5}"
    here, longer = (length(rollout(text, tokens=n), **COSINE) for n in (tokens, tokens + 1))
    assert (here > longer) is right
