import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.made_completion import completion, value


@pytest.mark.parametrize(
    ("answer", "reference", "near"),
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
def test_partial_credit_is_for_numbers_within_a_tenth(answer: str, reference: str, near: float) -> None:
    assert value("partial", completion(f"\\boxed{{{answer}}}", reference)) == near


def test_partial_credit_may_be_for_a_number_that_is_off_by_one() -> None:
    found = [value("partial", completion(f"\\boxed{{{n}}}", "5"), off_by=1.0) for n in (3, 4, 5, 6, 7)]
    assert found == [0, 1, 0, 1, 0]


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_partial_credit_is_what_whole_numbers_say(answer: int, reference: int) -> None:
    expected = answer != reference and 10 * abs(answer - reference) <= abs(reference)
    assert value("partial", completion(f"\\boxed{{{answer}}}", str(reference))) == float(expected)
