import pytest

from rewards.made_completion import completion, value


@pytest.mark.parametrize(
    ("text", "bonus"),
    [
        ("48 / 2 = 24\n#### 24", 1.0),
        ("#### 7 \\boxed{4}", 1.0),
        ("####", 0.0),
        ("####   \n", 0.0),
        ("### 24", 0.0),
        ("\\boxed{24}", 0.0),
        ("", 0.0),
    ],
)
def test_the_bonus_is_for_the_form_and_not_for_the_answer(text: str, bonus: float) -> None:
    assert value("hash_bonus", completion(text)) == bonus
