"""What a completion says after its reasoning."""

import pytest

from gradus.grading.thoughts import after_thoughts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5", "5"),
        ("<think>a</think>5", "5"),
        ("a</think>5", "5"),
        ("<think>a</think>5<think>b</think>6", "6"),
        ("<think>a", None),
        ("5<think>a", None),
        ("<think>a</think>5<think>b", None),
    ],
)
def test_what_is_said_after_thoughts(text: str, said: str | None) -> None:
    assert after_thoughts(text) == said
