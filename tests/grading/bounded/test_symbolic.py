from fractions import Fraction

import pytest

from gradus.grading.bounded.symbolic import same_answer
from gradus.grading.tree import (
    Add,
    Const,
    Func,
    Interval,
    ListOf,
    Matrix,
    Mul,
    Named,
    Num,
    PlusMinus,
    Pow,
    Quantity,
    Relation,
    SetOf,
    SetOp,
    Sym,
    Tup,
)


def n(numerator: int, denominator: int = 1) -> Num:
    return Num(Fraction(numerator, denominator))


def minus(node):
    return Mul((n(-1), node))


def over(a, b):
    return Mul((a, Pow(b, n(-1))))


def root(node, degree=2):
    return Func("root", (node, n(degree)))


def squared(node):
    return Pow(node, n(2))


X, Y, Z, PI = Sym("x"), Sym("y"), Sym("z"), Const("pi")
SIN, COS = Func("sin", (X,)), Func("cos", (X,))

EQUAL = {
    "squares of sine and cosine": (Add((squared(SIN), squared(COS))), n(1)),
    "double angle": (Func("sin", (Mul((n(2), X)),)), Mul((n(2), SIN, COS))),
    "rational denominator": (over(n(1), Add((root(n(2)), root(n(3))))), Add((root(n(3)), minus(root(n(2)))))),
    "nested roots": (root(Add((n(3), Mul((n(2), root(n(2))))))), Add((n(1), root(n(2))))),
    "cube roots that sum to one": (
        Add((root(Add((n(2), root(n(5)))), 3), root(Add((n(2), minus(root(n(5))))), 3))),
        n(1),
    ),
    "cosine of 36 degrees": (Func("cos", (over(PI, n(5)),)), over(Add((n(1), root(n(5)))), n(4))),
    "product under a logarithm": (
        Func("ln", (Mul((X, Y)),)),
        Add((Func("ln", (X,)), Func("ln", (Y,)))),
    ),
    "partial fractions": (
        over(n(1), Mul((X, Add((X, n(1)))))),
        Add((over(n(1), X), minus(over(n(1), Add((X, n(1))))))),
    ),
    "euler": (Pow(Const("e"), Mul((Const("i"), PI))), n(-1)),
    "factorials": (
        over(Func("factorial", (Add((X, n(1))),)), Func("factorial", (X,))),
        Add((X, n(1))),
    ),
    "a line two ways": (
        Relation((Y, Add((Mul((n(2), X)), n(1)))), ("=",)),
        Relation((Add((Mul((n(4), X)), Mul((n(-2), Y)), n(2))), n(0)), ("=",)),
    ),
    "an inequality turned round": (
        Relation((X, n(2)), ("<",)),
        Relation((Mul((n(-2), X)), n(-4)), (">",)),
    ),
    "an absolute value between bounds": (
        Relation((n(1), Func("abs", (Z,)), n(3, 2)), ("<=", "<=")),
        SetOp("union", (Interval(n(-3, 2), n(-1), True, True), Interval(n(1), n(3, 2), True, True))),
    ),
    "plus-minus": (
        Add((n(2), PlusMinus(root(n(3)), 1))),
        ListOf((Add((n(2), minus(root(n(3))))), Add((root(n(3)), n(2))))),
    ),
    "a set in another order": (SetOf((squared(SIN), n(2))), SetOf((n(2), Add((n(1), minus(squared(COS))))))),
    "a matrix": (Matrix(((squared(SIN), n(0)),)), Matrix(((Add((n(1), minus(squared(COS)))), n(0)),))),
    "an assignment and its value": (Relation((X, root(n(8))), ("=",)), Mul((n(2), root(n(2))))),
    "the real line": (Interval(minus(Const("oo")), Const("oo"), False, False), Named("R")),
    "the unit": (Quantity(root(n(8)), "cm"), Quantity(Mul((n(2), root(n(2)))), "cm")),
}
DIFFERENT = {
    "sine and cosine": (SIN, COS),
    "nearly pi": (PI, n(355, 113)),
    "nearly an integer": (Pow(Const("e"), Mul((PI, root(n(163))))), n(262537412640768744)),
    "another power": (Pow(Add((X, n(1))), n(1000)), Pow(Add((X, n(1))), n(999))),
    "another line": (
        Relation((Y, Add((Mul((n(2), X)), n(1)))), ("=",)),
        Relation((Y, Add((Mul((n(2), X)), n(2)))), ("=",)),
    ),
    "the other way": (Relation((X, n(2)), ("<",)), Relation((X, n(2)), (">",))),
    "an open end": (
        SetOp("union", (Interval(n(0), n(1), True, False), Interval(n(2), n(3), True, True))),
        SetOp("union", (Interval(n(0), n(1), True, True), Interval(n(2), n(3), True, True))),
    ),
    "in another order": (Tup((SIN, COS)), Tup((COS, SIN))),
    "one root of two": (PlusMinus(root(n(3)), 1), root(n(3))),
    "the size of a number": (Func("abs", (X,)), X),
    "the root of a square": (root(squared(X)), X),
    "another shape": (Matrix(((X, Y),)), Matrix(((X,), (Y,)))),
}
UNDECIDED = {
    "another unit": (Quantity(n(1), "hour"), Quantity(n(60), "minute")),
    "division by zero": (over(n(1), n(0)), n(1)),
    "too large to write": (Pow(n(9), Pow(n(9), Pow(n(9), n(9)))), n(1)),
    "two truths": (Relation((X, n(1)), ("~",)), Relation((X, n(2)), ("~",))),
    "pair or set": (Tup((n(1), n(2))), SetOf((n(1), n(2)))),
}


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        pytest.param(pair, expected, id=name)
        for cases, expected in ((EQUAL, True), (DIFFERENT, False), (UNDECIDED, None))
        for name, pair in cases.items()
    ],
)
def test_known_pairs_in_both_directions(pair, expected):
    a, b = pair
    assert same_answer(a, b) is expected
    assert same_answer(b, a) is expected
