import pytest

from rewards.made_completion import completion, value


@pytest.mark.parametrize(
    ("text", "expected"),
    [("so \\boxed{4}", 1.0), ("so \\boxed{5}", 0.0), ("so 4", -1.0), ("\\boxed{}", -1.0), ("", -1.0)],
)
def test_no_answer_is_worse_than_a_wrong_one(text: str, expected: float) -> None:
    assert value("format_penalty", completion(text)) == expected
