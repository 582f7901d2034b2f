"""Numbers that floats cannot distinguish, and names of different things: nothing wrong is ever accepted."""

import pytest

from gradus.grading.equivalence import parse_answer
from gradus.grading.verdict import same

APART = [
    (r"\frac{2000!}{2^{2000}}", r"\frac{2000!}{2^{1999}}"),
    (r"\frac{2025!}{2^{1012}\cdot 1012!}", r"\frac{2025!}{2^{1013}\cdot 1012!}"),
    (r"2\cdot 1999!", "1999!"),
    (r"\binom{4048}{2024}/2^{4048}", r"\binom{4046}{2023}/2^{4046}"),
    (r"1-10^{-50}", "1"),
    (r"1-10^{-50000}", "1"),
    (r"10^{100}", r"10^{100}+1"),
    (r"\left(\frac{2}{3}\right)^{20240}", r"\left(\frac{2}{3}\right)^{20239}"),
    (r"\sqrt{10^{100}+1}", r"10^{50}"),
    (r"e^{-10^{20}}", "0"),
    # Numbers chosen to be 0 in the field are judged different from zero, or undecided.
    ("2^{170141183460469231731686727745531067518}", "1"),
    ("170141183460469231731686727745531067519", "0"),
    ("x^{170141183460469231731686727745531067518}", "1"),
    (r"170141183460469231731\cdot 10^{18}x+686727745531067519x", "0"),
    (r"\frac{1}{500000!}", r"\frac{1}{500001!}"),
    (r"7^{7^7} \bmod 10", "7"),
    (r"\cos(10^{-20})", "1"),
    (r"\sqrt{2025!}", r"\sqrt{2024!}"),
    (r"\ln(1000!)", r"\ln(1001!)"),
    (r"\sqrt{12345678901234567890}", r"\sqrt{12345678901234567891}"),
    (r"\tan A = 2", r"\cot A = 2"),
    (r"\sin 2x = \frac12", r"\sin x = \frac12"),
    (r"\ln x = 2", "x = 2"),
    (r"|x| = 3", "x = 3"),
    ("f(1) = 2", "f(2) = 2"),
    ("MR = SRMC", "AR = SRMC"),
    (r"\frac13 \approx 0.33", r"\frac14"),
]
EQUAL = [
    (r"7^{7^7} \bmod 10", "3"),
    (r"3^{2024} \bmod 100", "81"),
    (r"\frac{1}{2006!}", r"\frac{1}{2006\cdot 2005\cdot 2004!}"),
    ("2023!!", r"\frac{2024!}{2^{1012}1012!}"),
    ("(3!)!", "720"),
    (r"\ln(2^{1000})", r"1000\ln 2"),
    ("|AB| = 5", "AB = 5"),
    ("x_1 = 3", "x = 3"),
    ("f(x) = 2x", "g(x) = 2x"),
    (r"\sin x = \frac12", r"\sin y = \frac12"),
    (r"x \equiv 3 \pmod 7", r"x \equiv 10 \pmod 7"),
    (r"2^{10} \bmod 7 = 2", "2"),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_what_is_not_the_same_is_never_accepted(one, other):
    assert same(one, other).equal is not True
    assert same(other, f" {one} ").equal is not True


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_what_is_the_same_is_accepted(one, other):
    assert same(one, other).equal is True
    assert parse_answer(one).form is not None
