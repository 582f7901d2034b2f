from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.grading.rationals import read_rational


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", Fraction(12)),
        ("-12", Fraction(-12)),
        ("- 12", Fraction(-12)),
        ("+3", Fraction(3)),
        ("007", Fraction(7)),
        ("1,234", Fraction(1234)),
        ("1,234,567.5", Fraction(12345675, 10)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("5.0", Fraction(5)),
        ("3/4", Fraction(3, 4)),
        ("-3 / 4", Fraction(-3, 4)),
        (r"\frac{3}{4}", Fraction(3, 4)),
        (r"-\frac{3}{4}", Fraction(-3, 4)),
        (r"\frac{-3}{4}", Fraction(-3, 4)),
        (r"\frac{1}{\frac{1}{3}}", Fraction(3)),
        ("(13)/(4)", Fraction(13, 4)),
        ("-(1/2)", Fraction(-1, 2)),
        (r"1\frac{1}{2}", Fraction(3, 2)),
        ("1 1/2", Fraction(3, 2)),
        (r"-2 \frac{1}{3}", Fraction(-7, 3)),
    ],
)
def test_numbers(text, value):
    assert read_rational(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        ".",
        "x",
        "2x",
        "1,23",
        "1234,567",
        "12 34",
        "1 234",
        "1/0",
        r"\frac{1}{0}",
        r"\frac{1}",
        r"\frac{1}{2",
        "(1",
        "1/2/3",
        "1.2.3",
        "--1",
        "(1,234)",
        r"2\frac{3}{2}",
        r"1.5\frac{1}{2}",
        "1e5",
        "2^3",
        "٣",
        "½",
        "(" * 500 + "1",
    ],
)
def test_other_texts_are_not_numbers(text):
    assert read_rational(text) is None


@given(st.fractions())
def test_every_fraction_is_read_in_every_form(value):
    p, q = value.numerator, value.denominator
    sign, size = "-" if p < 0 else "", abs(p)
    forms = [
        f"{p}/{q}",
        f"{sign}\\frac{{{size}}}{{{q}}}",
        f"\\frac{{{p}}}{{{q}}}",
        f"({p})/({q})",
        f"\\frac{{{2 * p}}}{{{2 * q}}}",
    ]
    whole, rest = divmod(size, q)
    if whole and rest:
        forms += [f"{sign}{whole}\\frac{{{rest}}}{{{q}}}", f"{sign}{whole} {rest}/{q}"]
    assert {read_rational(form) for form in forms} == {value}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_every_decimal_is_read_exactly(value):
    assert read_rational(f"{value:f}") == Fraction(value)
    assert read_rational(f"{value:,f}") == Fraction(value)


@given(st.text(alphabet="0123456789.,-+/ (){}\\frac", max_size=60))
def test_any_text_is_bearable(text):
    read_rational(text)
