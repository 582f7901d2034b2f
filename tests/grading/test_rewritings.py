"""Random expressions written in two ways are equal; with one number changed they never are."""

import random
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.grading.equivalence import equivalent, in_process, parse_answer

LEAVES = st.integers(1, 12) | st.sampled_from(["x", "y", "pi", "sqrt2", "sqrt3"])
TREES = st.recursive(
    LEAVES,
    lambda part: st.tuples(st.sampled_from("+-*/^"), part, part) | st.tuples(st.sampled_from(["sin", "sqrt"]), part),
    max_leaves=7,
)
NAMES = {"pi": ("\\pi", "π"), "sqrt2": ("\\sqrt{2}", "sqrt(2)"), "sqrt3": ("\\sqrt3", "√3")}


def latex(tree) -> str:
    if isinstance(tree, tuple) and len(tree) == 2:
        return f"\\{tree[0]}{{{latex(tree[1])}}}" if tree[0] == "sqrt" else f"\\sin\\left({latex(tree[1])}\\right)"
    if not isinstance(tree, tuple):
        return NAMES.get(tree, (str(tree),))[0]
    op, a, b = tree
    if op == "/":
        return f"\\dfrac{{{latex(a)}}}{{{latex(b)}}}"
    if op == "^":
        return f"\\left({latex(a)}\\right)^{{{power(b)}}}"
    sign = {"*": "\\cdot "}.get(op, op)
    return f"\\left({latex(a)}\\right){sign}\\left({latex(b)}\\right)"


def plain(tree, dice: random.Random) -> str:
    """ASCII, with the operands of commutative signs in any order and the numbers as other numerals."""
    if isinstance(tree, tuple) and len(tree) == 2:
        return f"{tree[0]}({plain(tree[1], dice)})"
    if isinstance(tree, int):
        return dice.choice([f"{tree}", f"{tree}.0", f"({2 * tree}/2)", f"({tree})"])
    if not isinstance(tree, tuple):
        return NAMES.get(tree, (0, tree))[1]
    op, a, b = tree
    if op == "^":
        return f"({plain(a, dice)})^({power(b)})"
    if op in "+*" and dice.random() < 0.5:
        a, b = b, a
    return f"({plain(a, dice)}){op}({plain(b, dice)})"


def power(tree) -> int:
    """Exponents stay small: the first leaf."""
    while isinstance(tree, tuple):
        tree = tree[1]
    return tree % 4 + 1 if isinstance(tree, int) else 2


def changed(tree, dice: random.Random):
    """The tree with one of its numbers increased by one; None if it has no number that matters."""
    if isinstance(tree, int):
        return tree + 1
    if not isinstance(tree, tuple):
        return None
    places = list(range(1, len(tree) if tree[0] != "^" else 2))
    dice.shuffle(places)
    for place in places:
        part = changed(tree[place], dice)
        if part is not None:
            return (*tree[:place], part, *tree[place + 1 :])
    return None


def value(tree, at: dict[str, float]) -> complex:
    import cmath

    if isinstance(tree, int):
        return tree
    if isinstance(tree, str):
        return at[tree]
    parts = [value(part, at) for part in tree[1:]]
    match tree[0]:
        case "+":
            return parts[0] + parts[1]
        case "-":
            return parts[0] - parts[1]
        case "*":
            return parts[0] * parts[1]
        case "/":
            return parts[0] / parts[1]
        case "^":
            return parts[0] ** power(tree[2])
        case "sin":
            return cmath.sin(parts[0])
    return cmath.sqrt(parts[0])


POINTS = [
    {"x": 1.37, "y": 0.81, "pi": 3.141592653589793, "sqrt2": 2**0.5, "sqrt3": 3**0.5},
    {"x": 0.62, "y": 2.13, "pi": 3.141592653589793, "sqrt2": 2**0.5, "sqrt3": 3**0.5},
]


@settings(max_examples=300, deadline=None)
@given(TREES, st.randoms(use_true_random=False))
def test_two_spellings_of_one_expression_are_never_different_and_a_changed_number_is_never_the_same(tree, dice):
    one, other = parse_answer(latex(tree)), parse_answer(plain(tree, dice))
    judgement = in_process(one, other)
    try:
        values = [value(tree, point) for point in POINTS]
    except (ZeroDivisionError, OverflowError):
        return  # it has no value here, so any verdict will do
    assert judgement.equal is not False
    if "sqrt" not in repr(tree).replace("sqrt2", "").replace("sqrt3", "") and all(abs(v) < 1e12 for v in values):
        assert judgement.equal is True, (one.text, other.text, judgement)
    wrong = changed(tree, dice)
    if wrong is None:
        return
    try:
        others = [value(wrong, point) for point in POINTS]
    except (ZeroDivisionError, OverflowError):
        return
    if any(abs(v - w) > 1e-6 * (1 + abs(v)) for v, w in zip(values, others, strict=True)):
        assert equivalent(latex(tree), latex(wrong)) is not True


FRACTIONS = st.fractions(-(10**6), 10**6, max_denominator=10**6)


@given(FRACTIONS, FRACTIONS, st.integers(2, 30).filter(lambda n: n not in (4, 9, 16, 25)))
def test_quadratic_numbers_are_decided_either_way(p, q, n):
    def spelt(a: Fraction, b: Fraction, m: int) -> str:
        return f"\\frac{{{a.numerator}}}{{{a.denominator}}}+\\frac{{{b.numerator}}}{{{b.denominator}}}\\sqrt{{{m}}}"

    assert equivalent(spelt(p, q, 4 * n), spelt(p, 2 * q, n)) is True
    assert equivalent(spelt(p, q, n), spelt(p + 1, q, n)) is False
    assert equivalent(spelt(p, q, n), spelt(p, q + 1, n)) is False


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_lists_have_no_order_and_tuples_have_one(numbers, dice):
    shuffled = list(numbers)
    dice.shuffle(shuffled)
    one, other = (", ".join(map(str, items)) for items in (numbers, shuffled))
    assert equivalent(one, other) is True
    assert equivalent(f"\\{{{one}\\}}", f"\\{{{other}\\}}") is True
    assert equivalent(f"({one})", f"({other})") is (numbers == shuffled)


@given(st.integers(-9, 9).filter(bool), st.integers(-9, 9), st.integers(-9, 9), st.integers(-5, 5).filter(bool))
def test_equations_hold_up_to_a_factor(a, b, c, k):
    assert equivalent(f"{a}x+{b}y={c}", f"{k * a}x+{k * b}y-({k * c})=0") is True
    assert equivalent(f"{a}x+{b}y={c}", f"{k * a}x+{k * b}y={k * c + 1}") is False


@given(st.integers(-9, 9).filter(bool), st.integers(-20, 20), st.booleans())
def test_linear_inequalities_are_their_interval(a, b, closed):
    sign, bound = ("\\le" if closed else "<"), Fraction(b, a)
    low, high = (
        ("(-\\infty", f"{bound}{']' if closed else ')'}") if a > 0 else (f"{'[' if closed else '('}{bound}", "\\infty)")
    )
    assert equivalent(f"{a}x {sign} {b}", f"{low},{high}") is True
    assert equivalent(f"x {sign} {b}", f"x {sign} {b + 1}") is False
