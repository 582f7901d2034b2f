"""Rewrite expression trees."""

from collections.abc import Callable
from fractions import Fraction

from gradus.grading.tree import Add, Based, Call, Const, Func, Matrix, Mul, Node, Num, PlusMinus, Pow, Quantity

MINUS_ONE = Num(Fraction(-1))
DEGREE = Mul((Const("pi"), Num(Fraction(1, 180))))
_LARGEST_DETERMINANT = 4
"""Rows of the largest determinant that is expanded."""


def rebuild(node: Node, change: Callable[[Node], Node]) -> Node:
    """The same expression with `change` applied to each of its parts."""
    if isinstance(node, Add):
        return Add(tuple(map(change, node.terms)))
    if isinstance(node, Mul):
        return Mul(tuple(map(change, node.factors)))
    if isinstance(node, Pow):
        return Pow(change(node.base), change(node.exponent))
    if isinstance(node, Func):
        return Func(node.name, tuple(map(change, node.args)))
    if isinstance(node, Call):
        return Call(node.name, tuple(map(change, node.args)))
    if isinstance(node, PlusMinus):
        return PlusMinus(change(node.term), node.first)
    return node


def negative(node: Node) -> Node:
    if isinstance(node, Num):
        return Num(-node.value, node.decimals)
    if isinstance(node, Based):
        return Based("-" + node.digits if node.digits[0] != "-" else node.digits[1:], node.base)
    return Mul((MINUS_ONE, node))


def quotient(numerator: Node, denominator: Node) -> Node:
    """A division; for two numbers their fraction."""
    if isinstance(numerator, Num) and isinstance(denominator, Num) and denominator.value:
        return Num(numerator.value / denominator.value)
    return Mul((numerator, Pow(denominator, MINUS_ONE)))


def radians(node: Node) -> Node:
    """The argument of a trigonometric function with its degrees converted to radians."""
    if isinstance(node, Quantity) and node.unit == "degree":
        return Mul((node.value, DEGREE))
    return rebuild(node, radians) if isinstance(node, Add | Mul) else node


def without_degrees(node: Node) -> Node:
    """An expression without the degree signs inside its trigonometric functions."""
    if isinstance(node, Mul) and len(node.factors) == 2 and node.factors[1] == DEGREE:
        return without_degrees(node.factors[0])
    return rebuild(node, without_degrees)


def gather_degrees(node: Node) -> Node:
    """Degrees inside a sum or product as the unit of the whole; in trigonometric functions they are radians already."""
    if isinstance(node, Add | Mul | PlusMinus):
        return Quantity(_bare(node), "degree")
    return node


def _bare(node: Node) -> Node:
    if isinstance(node, Quantity) and node.unit == "degree":
        return node.value
    return rebuild(node, _bare)


def signed(node: Node, sign: int) -> Node:
    """The reading of an expression with all ± as + (sign 1) or as - (sign -1)."""
    if isinstance(node, PlusMinus):
        inner = signed(node.term, sign)
        return inner if sign * node.first > 0 else Mul((MINUS_ONE, inner))
    return rebuild(node, lambda part: signed(part, sign))


def determinant(matrix: Matrix) -> Node | None:
    """A determinant expanded along its first row; None if the matrix is not square or too large to expand."""
    rows = matrix.rows
    square = len(rows) == len(rows[0]) <= _LARGEST_DETERMINANT
    return _expanded(rows) if square else None


def _expanded(rows: tuple[tuple[Node, ...], ...]) -> Node:
    if len(rows) == 1:
        return rows[0][0]
    terms = []
    for column, entry in enumerate(rows[0]):
        term = Mul((entry, _expanded(tuple(row[:column] + row[column + 1 :] for row in rows[1:]))))
        terms.append(negative(term) if column % 2 else term)
    return Add(tuple(terms))
