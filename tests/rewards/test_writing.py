"""Parts of the reward that look at how a completion is written, against values by hand and a slow counter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.rewards.writing import domain_tokens, most_repeats, repetition, short, shows_work
from rewards.made_rollout import rollout

LOOP = {"unit": "words", "run": 3, "times": 3, "at_least": 10, "wrong_only": False}


@pytest.mark.parametrize(("text", "value"), [("2+2=4", 1.0), ("#### 4", 1.0), ("four", 0.0), ("", 0.0)])
def test_work_leaves_marks(text: str, value: float) -> None:
    assert shows_work(rollout(text), marks=["=", "####"], wrong_only=False) == value


@pytest.mark.parametrize(("text", "value"), [("is <MUL_2_4_8>", 1.0), ("is <DIV_8>", 1.0), ("is MUL_2", 0.0)])
def test_a_token_of_the_domain_by_its_beginning(text: str, value: float) -> None:
    assert domain_tokens(rollout(text), tokens=["<MUL_", "<DIV_"], wrong_only=False) == value


@pytest.mark.parametrize(("words", "value"), [(0, 1.0), (149, 1.0), (150, 0.0), (151, 0.0)])
def test_short_is_fewer_than_150_words(words: int, value: float) -> None:
    assert short(rollout("so \n" * words), words=150, wrong_only=False) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a b c a b c a b c d", -1.0),
        ("a b c a b c a b c", 0.0),  # 9 words: too few to tell
        ("a b c x a b c y z d", 0.0),  # twice
        ("a b c x a b c y a b c z", -1.0),  # three times, with other words between
        ("go " * 10, -1.0),
        ("a b a b a b a b a b a b", -1.0),  # `a b a` at 0, 4 and 8
        ("go " * 8 + "on so", 0.0),  # eight words hold only two runs of three
        ("a b c\na b c\na b c\nd", -1.0),
        ("aaa " + "48=48=" * 50, 0.0),  # two words
        ("", 0.0),
    ],
)
def test_three_words_that_come_three_times_are_a_repetition(text: str, value: float) -> None:
    assert repetition(rollout(text), **LOOP) == value


def test_tokens_catch_a_loop_without_spaces() -> None:
    loop = rollout("48=48=" * 50, token_ids=[7, 9] * 50)
    assert repetition(loop, **LOOP) == 0.0
    assert repetition(loop, **LOOP | {"unit": "tokens"}) == -1.0
    assert repetition(rollout("x" * 50, token_ids=[5] * 50), **LOOP | {"unit": "tokens"}) == -1.0


@given(st.text("ab", max_size=24), st.integers(1, 4))
def test_runs_are_counted_as_text_counts_them(letters: str, run: int) -> None:
    """`str.count` counts without overlap, from the left, which finds the most there can be."""
    expected = max((letters.count(letters[at : at + run]) for at in range(len(letters) - run + 1)), default=0)
    assert most_repeats(letters, run) == expected
