"""The calculator's arithmetic: exact values, how they are written, and what is refused and how soon."""

import contextlib
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.environments.arithmetic import evaluate, written
from gradus.environments.calls import ToolError


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("37*48", "1776"),
        (" 2 + 3 * (4 - 1) ", "11"),
        ("10-4-3", "3"),
        ("100/8/5", "2.5"),
        ("-2^2", "-4"),
        ("2^3^2", "512"),
        ("2**-2", "0.25"),
        ("--3", "3"),
        ("1/3", "1/3"),
        ("-1/8", "-0.125"),
        (".5*10", "5"),
        ("0.1+0.2", "0.3"),
        ("6×7÷2−1", "20"),
        ("0/5", "0"),
    ],
)
def test_values_by_hand(expression: str, result: str) -> None:
    assert written(evaluate(expression)) == result


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("", "the expression ends too early"),
        ("3+", "the expression ends too early"),
        ("(3", "a parenthesis is not closed"),
        ("3)", "')' is not expected there"),
        ("3 4", "'4' is not expected there"),
        ("*3", "'*' is not expected there"),
        ("1/0", "division by zero"),
        ("1/(2-2)", "division by zero"),
        ("0^-1", "division by zero"),
        ("2^0.5", "an exponent is a whole number up to 64"),
        ("2^65", "an exponent is a whole number up to 64"),
        ("9^64", "a number of more than 60 digits"),
        ("1/9^64", "a number of more than 60 digits"),
        ("9" * 61, "a number of more than 60 digits"),
        ("1+" * 101, "an expression of more than 200 characters"),
        ("(" * 21 + "1", "too many parentheses or signs"),
        ("-" * 21 + "1", "too many parentheses or signs"),
        ("__import__('os')", "'_' is not arithmetic"),
        ("1,000", "',' is not arithmetic"),
        ("٣+1", "'٣' is not arithmetic"),
        ("1e9", "'e' is not arithmetic"),
    ],
)
def test_what_is_refused_in_words(expression: str, words: str) -> None:
    with pytest.raises(ToolError) as refused:
        evaluate(expression)
    assert str(refused.value) == words


@given(st.text(alphabet="0123456789.+-*/^() ", max_size=220))
def test_any_text_of_its_alphabet_has_a_value_or_a_refusal_at_once(expression: str) -> None:
    begin = time.thread_time()
    with contextlib.suppress(ToolError):
        written(evaluate(expression))
    assert time.thread_time() - begin < 1


NUMBERS = st.integers(-999, 999)


@given(NUMBERS, NUMBERS, NUMBERS.filter(bool))
def test_sums_and_quotients_of_any_numbers(a: int, b: int, c: int) -> None:
    value = Fraction(a) + Fraction(b, c) * (a - b)
    assert evaluate(f"({a}) + ({b}) / ({c}) * (({a}) - ({b}))") == value
    assert evaluate(written(value)) == value
