import pytest

from rewards.made_completion import completion, value

STEPS = ("24", "72", "36")


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("48/2 = 24, 48+24 = 72, 72/2 = 36, \\boxed{4}", 1.0),
        ("She sold 48/2 = 24 clips.", 1 / 3),
        ("x = 24 and y = 72", 2 / 3),
        ("24 72 36", 0.0),
        ("40+8 = 24", 0.0),
        ("", 0.0),
    ],
)
def test_the_share_of_the_solutions_results(text: str, share: float) -> None:
    assert value("intermediate_steps", completion(text, steps=STEPS)) == pytest.approx(share)


def test_writing_down_every_number_earns_nothing() -> None:
    spam = "\n".join(f"{number}+0 = {number}" for number in range(1, 80))
    assert value("intermediate_steps", completion(spam, steps=STEPS)) == 0.0
    assert value("intermediate_steps", completion(spam, steps=STEPS), most=100) == 1.0


def test_without_results_and_of_right_answers_where_only_wrong_ones_earn_it() -> None:
    assert value("intermediate_steps", completion("48/2 = 24")) == 0.0
    right = completion("48/2 = 24, \\boxed{4}", steps=("24",))
    assert value("intermediate_steps", right) == 1.0
    assert value("intermediate_steps", right, wrong_only=True) == 0.0
