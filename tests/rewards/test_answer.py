"""Parts of the reward that judge the answer, against values by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.rewards.answer import correct, format_penalty, hash_bonus, partial
from rewards.made_rollout import rollout

NEAR = {"within": 0.1, "off_by": 0.0}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("so \\boxed{4}", (1.0, 1.0)),
        ("so \\boxed{4.0}", (1.0, 1.0)),
        ("so \\boxed{5}", (0.0, 0.0)),
        ("so 4", (0.0, -1.0)),
        ("\\boxed{}", (0.0, -1.0)),
        ("", (0.0, -1.0)),
    ],
)
def test_right_wrong_and_no_answer(text: str, values: tuple[float, float]) -> None:
    assert (correct(rollout(text)), format_penalty(rollout(text))) == values


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
    assert hash_bonus(rollout(text)) == bonus


@pytest.mark.parametrize(
    ("answer", "gold", "near"),
    [
        ("105", "100", 1.0),
        ("110", "100", 1.0),
        ("90", "100", 1.0),
        ("110.01", "100", 0.0),
        ("89", "100", 0.0),
        ("100", "100", 0.0),  # right: that is no partial credit
        ("-105", "-100", 1.0),
        ("-105", "100", 0.0),
        ("1,050", "1000", 1.0),
        ("\\frac{21}{2}", "10", 1.0),
        ("0.33", "1/3", 1.0),
        ("0.01", "0", 0.0),
        ("2", "1", 0.0),
        ("x+1", "100", 0.0),
        ("105", "x", 0.0),
    ],
)
def test_partial_credit_is_for_numbers_within_a_tenth(answer: str, gold: str, near: float) -> None:
    assert partial(rollout(f"\\boxed{{{answer}}}", gold), **NEAR) == near


def test_partial_credit_may_be_for_a_number_that_is_off_by_one() -> None:
    assert [partial(rollout(f"\\boxed{{{n}}}", "5"), within=0.1, off_by=1.0) for n in (3, 4, 5, 6, 7)] == [
        0,
        1,
        0,
        1,
        0,
    ]


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_partial_credit_is_what_whole_numbers_say(answer: int, gold: int) -> None:
    expected = answer != gold and 10 * abs(answer - gold) <= abs(gold)
    assert partial(rollout(f"\\boxed{{{answer}}}", str(gold)), **NEAR) == float(expected)
