import pytest

from rewards.made_completion import completion, value


@pytest.mark.parametrize(
    ("text", "expected"),
    [("so \\boxed{4}", 1.0), ("so \\boxed{4.0}", 1.0), ("so \\boxed{5}", 0.0), ("so 4", 0.0), ("", 0.0)],
)
def test_a_right_answer_earns_one(text: str, expected: float) -> None:
    assert value("correct", completion(text)) == expected
