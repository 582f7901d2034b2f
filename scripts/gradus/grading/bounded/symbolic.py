"""Compare two answers by SymPy: their structure first, then expression by expression (see zero.py).

Only worker processes import this module. What a list, a unit or an assignment means is defined by the policy and
applied by the in-process layers; here structures of the same kind are compared part by part, and sets with their
descriptions.
"""

from collections.abc import Sequence

import sympy
from sympy import Expr

from gradus.grading import tree as t
from gradus.grading.bounded.building import Unbuildable, build, build_relation, build_set
from gradus.grading.bounded.zero import is_zero, same_expression, symbols_of
from gradus.grading.equivalence import parse_answer
from gradus.grading.pairing import all_of, in_order
from gradus.grading.rewrite import signed

_SETS = (t.Interval, t.SetOp, t.Named)
MAX_ITEMS = 30
"""Lists and sets with more items are not compared, since up to all pairs of items are."""


def same_texts(a: str, b: str) -> bool | None:
    """`same_answer` of the trees of two texts."""
    tree_a, tree_b = parse_answer(a).tree, parse_answer(b).tree
    return None if tree_a is None or tree_b is None else same_answer(tree_a, tree_b)


def same_answer(a: t.Node, b: t.Node) -> bool | None:
    """Whether two trees mean the same: True if proved, False if disproved, else None."""
    try:
        return _same(a, b)
    except Unbuildable:
        return None


def _same(a: t.Node, b: t.Node) -> bool | None:
    if a == b:
        return True
    a, b = _without_name(a, b), _without_name(b, a)
    match a, b:
        case t.Quantity(value_a, unit_a), t.Quantity(value_b, unit_b):
            return _same(value_a, value_b) if unit_a == unit_b else None
        case (t.Tup(items_a), t.Tup(items_b)) | (t.Ratio(items_a), t.Ratio(items_b)):
            return in_order(items_a, items_b, _same)
        case t.Matrix(rows_a), t.Matrix(rows_b):
            if (len(rows_a), len(rows_a[0])) != (len(rows_b), len(rows_b[0])):
                return False
            return in_order([x for row in rows_a for x in row], [x for row in rows_b for x in row], _same)
        case t.Relation(), t.Relation():
            return _same_relation(a, b)
    if isinstance(a, t.SetOf) and isinstance(b, t.SetOf):
        return _as_sets(a.items, b.items)
    if isinstance(a, (*_SETS, t.Relation)) or isinstance(b, (*_SETS, t.Relation)):
        return _same_set(a, b)
    items_a, items_b = _readings(a), _readings(b)
    if len(items_a) > 1 or len(items_b) > 1:
        return _as_multisets(items_a, items_b)
    return same_expression(build(items_a[0]), build(items_b[0]))


def _without_name(a: t.Node, other: t.Node) -> t.Node:
    """`x = 5` compared with an answer that names nothing is 5."""
    match a:
        case t.Relation((t.Sym(), value), ("=",)) if not isinstance(other, (t.Relation, *_SETS)):
            return value
    return a


def _readings(node: t.Node) -> list[t.Node]:
    """The values of an expression or a list: two for an expression with a plus-minus sign."""
    if isinstance(node, t.ListOf):
        return [reading for item in node.items for reading in _readings(item)]
    plus, minus = signed(node, 1), signed(node, -1)
    return [plus] if plus == minus else [plus, minus]


def _table(a: Sequence[t.Node], b: Sequence[t.Node]) -> list[list[bool | None]] | None:
    if max(len(a), len(b)) > MAX_ITEMS:
        return None
    return [[_same(one, other) for other in b] for one in a]


def _as_sets(a: Sequence[t.Node], b: Sequence[t.Node]) -> bool | None:
    """Each item of one is an item of the other; repetitions do not matter."""
    table = _table(a, b)
    if table is None:
        return None
    return all_of(True if True in line else (None if None in line else False) for line in [*table, *zip(*table)])


def _as_multisets(a: Sequence[t.Node], b: Sequence[t.Node]) -> bool | None:
    """A one-to-one pairing of equal items. A greedy search suffices since equality is transitive here."""
    table = _table(a, b)
    if table is None:
        return None
    if len(a) != len(b) or any(set(line) == {False} for line in [*table, *zip(*table)]):
        return False
    free = set(range(len(b)))
    for line in table:
        partner = next((index for index in sorted(free) if line[index]), None)
        if partner is None:
            undecided = any(verdict is None for line in table for verdict in line)
            return None if undecided else False
        free.remove(partner)
    return True


def _same_set(a: t.Node, b: t.Node) -> bool | None:
    set_a, set_b = build_set(a), build_set(b)
    if set_a == set_b:
        return True
    rest = sympy.Union(sympy.Complement(set_a, set_b), sympy.Complement(set_b, set_a))
    return None if rest.is_empty is None else bool(rest.is_empty)


def _same_relation(a: t.Relation, b: t.Relation) -> bool | None:
    if len(a.ops) == len(b.ops) == 1:
        verdict = _same_link(a, b)
        if verdict is not None:
            return verdict
    if {"="} == {*a.ops, *b.ops}:
        # Two chains of equations are equal if they list the same sides.
        return True if len(a.ops) == len(b.ops) and _as_multisets(a.sides, b.sides) else None
    return _same_set(a, b)


def _same_link(a: t.Relation, b: t.Relation) -> bool | None:
    """Two equations or inequalities: is one the other times a number?"""
    (left_a, right_a), (left_b, right_b) = a.sides, b.sides
    build_relation(left_a, a.ops[0], right_a)
    build_relation(left_b, b.ops[0], right_b)
    difference_a, difference_b = build(left_a) - build(right_a), build(left_b) - build(right_b)
    direction_a, direction_b = (_DIRECTION[side.ops[0]] for side in (a, b))
    if direction_a[0] != direction_b[0]:
        return None  # < against <=, or against =
    if sympy.expand(difference_a) == 0 or sympy.expand(difference_b) == 0:
        return None
    ratio = sympy.cancel(sympy.together(difference_a / difference_b))
    if ratio.free_symbols:
        ratio = sympy.simplify(ratio)
    if ratio.is_number and ratio.is_finite and ratio.is_nonzero:
        if direction_a[1] == 0:
            return True
        if ratio.is_real:
            same_way = direction_a[1] * direction_b[1] * (1 if ratio.is_positive else -1)
            return same_way > 0
    return _same_zeros(difference_a, difference_b) if direction_a[0] == "=" else None


def _same_zeros(a: Expr, b: Expr) -> bool | None:
    """Whether polynomials over the rationals have the same zeros, complex ones included: the same factors."""
    numerators = [sympy.numer(sympy.together(side)) for side in (a, b)]
    symbols = symbols_of(*numerators)
    if not symbols or not all(side.is_polynomial(*symbols) for side in numerators):
        return None
    try:
        polynomials = [sympy.Poly(side, *symbols, domain="QQ").sqf_part().monic() for side in numerators]
    except sympy.polys.polyerrors.PolynomialError:
        return None
    return bool(polynomials[0] == polynomials[1]) or is_zero(polynomials[0].as_expr() - polynomials[1].as_expr())


_DIRECTION = {"=": ("=", 0), "!=": ("!=", 0), "<": ("<", 1), ">": ("<", -1), "<=": ("<=", 1), ">=": ("<=", -1)}
