import pytest

from rewards.made_completion import completion, value


@pytest.mark.parametrize(("words", "expected"), [(0, 1.0), (149, 1.0), (150, 0.0), (151, 0.0)])
def test_short_is_fewer_than_150_words(words: int, expected: float) -> None:
    assert value("short", completion("so \n" * words)) == expected
