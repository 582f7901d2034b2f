import pytest

from rewards.made_completion import completion, value


@pytest.mark.parametrize(("text", "expected"), [("2+2=4", 1.0), ("#### 4", 1.0), ("four", 0.0), ("", 0.0)])
def test_work_leaves_marks(text: str, expected: float) -> None:
    assert value("shows_work", completion(text)) == expected
