"""Repetition by hand and against a slow counter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.rewards.parts.repetition import most_repeats
from rewards.made_completion import completion, value


@pytest.mark.parametrize(
    ("text", "expected"),
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
def test_three_words_that_come_three_times_are_a_repetition(text: str, expected: float) -> None:
    assert value("repetition", completion(text)) == expected


def test_tokens_catch_a_loop_without_spaces() -> None:
    loop = completion("48=48=" * 50, token_ids=[7, 9] * 50)
    assert value("repetition", loop) == 0.0
    assert value("repetition", loop, unit="tokens") == -1.0
    assert value("repetition", completion("x" * 50, token_ids=[5] * 50), unit="tokens") == -1.0


@given(st.text("ab", max_size=24), st.integers(1, 4))
def test_runs_are_counted_as_text_counts_them(letters: str, run: int) -> None:
    """`str.count` counts without overlap, from the left, which finds the most there can be."""
    expected = max((letters.count(letters[at : at + run]) for at in range(len(letters) - run + 1)), default=0)
    assert most_repeats(letters, run) == expected
