import threading
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.grading.equivalence import MAX_CHARACTERS, in_process, parse_answer
from gradus.grading.parser import parse
from gradus.grading.tree import Based, Func, Interval, ListOf, Matrix, Mul, Num, Pow, Quantity, SetOf, Sym, Text, Tup

PARTS = [
    r"\frac",
    r"\frac12",
    r"{",
    r"}",
    r"(",
    r")",
    r"[",
    r"]",
    r"\{",
    r"\}",
    r"|",
    r"!",
    r"^",
    r"_",
    r"+",
    r"-",
    r"*",
    r"/",
    r",",
    r";",
    r":",
    r"=",
    r"<",
    r"\le",
    r"\ne",
    r"\in",
    r"\cup",
    r"\setminus",
    r"\pm",
    r"\sqrt",
    r"\sqrt[3]",
    r"\sin^2",
    r"\log_2",
    r"\pi",
    r"e",
    r"i",
    r"x",
    r"AB",
    r"f(",
    r"0",
    r"1",
    r"12",
    r"0.5",
    r"1,234",
    r"\infty",
    r"\text{",
    r"cm",
    r"\mbox{and}",
    r"or",
    r"%",
    r"\%",
    r"$",
    r"\$",
    r"^\circ",
    r"_8",
    r"\\",
    r"&",
    r"\overline{",
    r"\binom",
    r"\begin{pmatrix}",
    r"\end{pmatrix}",
    r"\sum_{k=1}^n",
    r"\boxed{",
    r"\mathbb{R}",
    r"degrees",
    r"{,}",
    r"\!",
    r"'",
    r"...",
    r"10^{9}",
    r"\left(",
    r"\right)",
    r"²",
    r"½",
    r"π",
    r"∞",
    r"−",
    r"，",
    " ",
]
ANYTHING = st.lists(st.sampled_from(PARTS), max_size=14).map("".join) | st.text(max_size=40)


def n(value: int | Fraction) -> Num:
    return Num(Fraction(value))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        (r"\frac34", n(Fraction(3, 4))),
        (r"\frac1{72}", n(Fraction(1, 72))),
        (r"-2\frac{1}{3}", n(Fraction(-7, 3))),
        ("1 1/2", n(Fraction(3, 2))),
        ("2.5E2", n(250)),
        ("1 000", n(1000)),
        ("1,234,567.5", n(Fraction(12345675, 10))),
        ("½", n(Fraction(1, 2))),
        ("２", n(2)),
        (r"0.1\overline{6}", n(Fraction(1, 6))),
        ("2x", Mul((n(2), Sym("x")))),
        ("x^10", Pow(Sym("x"), n(10))),
        (r"x_{\max}", Sym("x_max")),
        (r"\sqrt[3]{x}", Func("root", (Sym("x"), n(3)))),
        (r"\sin^{-1} x", Func("arcsin", (Sym("x"),))),
        ("52_8", Based("52", 8)),
        ("(1,2]", Interval(n(1), n(2), False, True)),
        ("(1;2)", Tup((n(1), n(2)))),
        (r"\left\{1,2\right\}", SetOf((n(1), n(2)))),
        ("{1,2}", ListOf((n(1), n(2)))),
        (r"19 \text{ and }43", ListOf((n(19), n(43)))),
        (r"\boxed{1} and \boxed{2}", ListOf((n(1), n(2)))),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", Matrix(((n(1), n(2)), (n(3), n(4))))),
        (r"15\text{ square cm}", Quantity(n(15), "cm^2")),
        (r"\text{June 20}", Text("june 20")),
    ],
)
def test_notations(text, tree):
    assert parse(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(",
        "1/",
        r"\frac{1}",
        "(1,2",
        "[5)",
        "1 2",
        "52_{99}",
        "89_8",
        "x!!!",
        r"\int_0^1 x dx",
        "(" * 40 + "1" + ")" * 40,
    ],
)
def test_what_is_no_known_notation_is_not_understood(text):
    assert parse(text) is None


@given(ANYTHING, ANYTHING)
def test_any_text_is_read_and_compared_alike_both_ways(a, b):
    one, other = parse_answer(a), parse_answer(b)
    hash(one.key)
    assert in_process(one, other).equal is in_process(other, one).equal
    assert in_process(one, one).equal is (one.kind != "empty")
    if one.form is not None and other.form is not None and one.key == other.key:
        assert in_process(one, other).equal is not False or any(
            (form.label, form.name, form.names) != ("", "", ())
            for p in (one, other)
            for form in (p.form, *p.form.items)
        )


@pytest.mark.parametrize(
    "unit",
    [
        *list("1,.({[\\ -/%$^x!|'_&;:="),
        "\\{",
        r"\frac",
        r"\frac1",
        r"\frac{1}{",
        r"\sqrt",
        r"\sqrt{",
        r"\sin",
        r"\text{",
        "x^",
        "2^{",
        "1 ",
        "1,",
        "(1,",
        "1/",
        "x+",
        "2*",
        "||",
        "a(",
        "f(",
        r"\cup",
        r"[0,1]\cup",
        r"\pm1",
        "1=",
        "1<",
        r"\boxed{",
        "and ",
        "word ",
        r"\begin{pmatrix}",
        "1&",
        r"\\",
        "9^9",
        "10!",
        r"(x+y)^{99}",
        "1,234,",
        "½",
        "∞",
    ],
)
def test_the_longest_answers_take_no_time(unit):
    text = unit * (MAX_CHARACTERS // len(unit))
    begin = time.process_time()
    one, other = parse_answer(text), parse_answer(text[:-1] + "7")
    assert in_process(one, other).equal in (True, False, None)
    assert time.process_time() - begin < 3


@pytest.mark.parametrize(
    "text",
    [
        "2^{10^9}",
        "9^{9^{9^9}}",
        "(-2)^{10^8}",
        r"e^{e^{e^{e^{10}}}}",
        r"\pi^{\pi^{\pi^{\pi}}}",
        "1000000000!",
        "(((4!)!)!)!",
        r"\binom{1000000}{500000}",
        r"\cos(10^{1000})",
        "(x+y+z)^{500}",
        r"\prod_{k=1}^{10^7} k",
        "10^{-400}",
        "1e-400",
        "1" * 1999,
        r"\sqrt{" * 29 + "2" + "}" * 29,
        r"\frac{1}{1+" * 29 + "2" + "}" * 29,
    ],
)
def test_huge_values_cost_nothing_and_equal_nothing_else(text):
    begin = time.process_time()
    one = parse_answer(text)
    for other in ("1", r"\sqrt{2}", "x"):
        assert in_process(one, parse_answer(other)).equal is not True
    assert in_process(one, parse_answer(text + " ")).equal is True
    assert time.process_time() - begin < 3


def test_threads_agree():
    pairs = [(r"\sqrt{3+2\sqrt2}", r"1+\sqrt2"), (r"\sin\sqrt2", r"\cos 1"), ("x^2-1", "(x-1)(x+1)"), ("1/3", "0.3333")]
    results: list[list[bool | None]] = []

    def work() -> None:
        results.append([in_process(parse_answer(a), parse_answer(b)).equal for a, b in pairs * 20])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[True, False, True, True] * 20] * 8
