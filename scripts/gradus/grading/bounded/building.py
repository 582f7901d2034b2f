"""Build SymPy expressions and sets from trees, by constructors only: SymPy never parses text."""

import math
from collections.abc import Callable
from functools import reduce

import sympy
from sympy import Expr, Rational, Set, Symbol

from gradus.grading import tree as t

MAX_BITS = 20_000
"""Larger integers are not computed, whether as power, factorial or binomial."""

MAX_TERMS = 2_000
"""Sums and products with more terms are not written out."""


class Unbuildable(Exception):
    """SymPy has no object for this tree, or one that is too large to compute with; the message says which."""


def build(node: t.Node) -> Expr:
    """The SymPy expression of a tree of expression nodes. Raises Unbuildable for any other node."""
    match node:
        case t.Num(value):
            return Rational(value.numerator, value.denominator)
        case t.Sym(name):
            return Symbol(name, real=True)
        case t.Const(name):
            return _CONSTANTS[name]
        case t.Add(terms):
            return sympy.Add(*map(build, terms))
        case t.Mul(factors):
            return sympy.Mul(*map(build, factors))
        case t.Pow(base, exponent):
            return _power(build(base), build(exponent))
        case t.Func(name, args):
            return _function(name, [build(argument) for argument in args])
        case t.Call(name, args):
            # Of an unknown function's value only the function's name and arguments are known.
            arguments = ",".join(sympy.srepr(build(argument)) for argument in args)
            return Symbol(f"{name}({arguments})", real=True)
        case t.Big():
            return _big(node)
        case t.Based(digits, base):
            return sympy.Integer(int(digits, base))
    raise Unbuildable("not_an_expression")


def build_set(node: t.Node) -> Set:
    """The set of real numbers that an interval, a union, a finite set or a relation in one unknown describes."""
    match node:
        case t.Interval(low, high, closed_low, closed_high):
            return sympy.Interval(build(low), build(high), not closed_low, not closed_high)
        case t.Tup((low, high)):
            return sympy.Interval.open(build(low), build(high))
        case t.SetOf(items):
            return sympy.FiniteSet(*map(build, items))
        case t.SetOp(op, parts):
            combine = {"union": sympy.Union, "intersection": sympy.Intersection, "difference": sympy.Complement}[op]
            return combine(*map(build_set, parts))
        case t.Named(name) if name in _SETS:
            return _SETS[name]
        case t.Relation((t.Sym(), of), ("in",)):
            return build_set(of)
        case t.Relation():
            return _solutions(node)
    raise Unbuildable("not_a_set")


def build_relation(left: t.Node, op: str, right: t.Node) -> sympy.core.relational.Relational:
    """One link of a chain as SymPy's relation. Raises Unbuildable for `about` and `element of`."""
    if op not in _RELATIONS:
        raise Unbuildable("no_such_relation")
    return _RELATIONS[op](build(left), build(right))


def _solutions(relation: t.Relation) -> Set:
    links = [build_relation(*link) for link in zip(relation.sides, relation.ops, relation.sides[1:])]
    symbols = set().union(*(link.free_symbols for link in links))
    if len(symbols) != 1:
        raise Unbuildable("not_one_unknown")
    return reduce(sympy.Intersection, (link.as_set() for link in links))


def _power(base: Expr, exponent: Expr) -> Expr:
    if isinstance(base, Rational) and isinstance(exponent, Rational):
        if base.is_zero and exponent.is_negative:
            raise Unbuildable("division_by_zero")
        size = max(abs(base.p), base.q)
        if size > 1 and abs(exponent) * size.bit_length() > MAX_BITS:
            raise Unbuildable("too_large")
    if base.is_negative and isinstance(exponent, Rational) and exponent.q > 2:
        raise Unbuildable("real_or_complex_root")  # (-8)^(1/3): -2 for some, complex for others
    if exponent.is_Integer and abs(exponent) > MAX_BITS:
        raise Unbuildable("too_large")
    return sympy.Pow(base, exponent)


def _function(name: str, args: list[Expr]) -> Expr:
    if name == "root":
        return _root(*args)
    if name in ("factorial", "doublefactorial", "binom"):
        if any(argument.is_number and not abs(argument) < MAX_BITS // 10 for argument in args):
            raise Unbuildable("too_large")
        return _COUNTING[name](*args)
    if name in ("gcd", "lcm") and not all(argument.is_Integer for argument in args):
        raise Unbuildable("not_integers")
    if name == "exp":
        return _power(sympy.E, args[0])
    if name not in _FUNCTIONS:
        raise Unbuildable("no_such_function")
    return _FUNCTIONS[name](*args)


def _root(of: Expr, degree: Expr) -> Expr:
    if not degree.is_Integer or degree <= 0:
        return _power(of, 1 / degree)
    if degree % 2 == 0 or of.is_nonnegative:
        return sympy.Pow(of, 1 / degree)
    if of.is_negative:
        return -sympy.Pow(-of, 1 / degree)
    return sympy.sign(of) * sympy.Pow(sympy.Abs(of), 1 / degree)


def _big(node: t.Big) -> Expr:
    body, lower, upper = build(node.body), build(node.lower), build(node.upper)
    variable = Symbol(node.variable, real=True)
    if lower.is_Integer and upper.is_Integer:
        if upper - lower >= MAX_TERMS:
            raise Unbuildable("too_large")
        terms = [body.subs(variable, index) for index in range(int(lower), int(upper) + 1)]
        return sympy.Add(*terms) if node.kind == "sum" else sympy.Mul(*terms)
    index = sympy.Dummy(node.variable, integer=True)
    make = sympy.Sum if node.kind == "sum" else sympy.Product
    closed_form = make(body.subs(variable, index), (index, lower, upper)).doit()
    if not isinstance(closed_form, Expr):
        raise Unbuildable("not_an_expression")
    return closed_form


_COUNTING: dict[str, Callable[..., Expr]] = {
    "factorial": sympy.factorial,
    "doublefactorial": sympy.factorial2,
    "binom": sympy.binomial,
}
_CONSTANTS = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "oo": sympy.oo}
_SETS = {
    "R": sympy.S.Reals,
    "Q": sympy.S.Rationals,
    "Z": sympy.S.Integers,
    "N": sympy.S.Naturals,
    "C": sympy.S.Complexes,
    "empty": sympy.S.EmptySet,
}
_RELATIONS = {"=": sympy.Eq, "!=": sympy.Ne, "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge}
_FUNCTIONS: dict[str, Callable[..., Expr]] = {
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "cot": sympy.cot,
    "sec": sympy.sec,
    "csc": sympy.csc,
    "arcsin": sympy.asin,
    "arccos": sympy.acos,
    "arctan": sympy.atan,
    "arccot": sympy.acot,
    "arcsec": sympy.asec,
    "arccsc": sympy.acsc,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "coth": sympy.coth,
    "sech": sympy.sech,
    "csch": sympy.csch,
    "arcsinh": sympy.asinh,
    "arccosh": sympy.acosh,
    "arctanh": sympy.atanh,
    "ln": sympy.log,
    "log": sympy.log,
    "abs": sympy.Abs,
    "floor": sympy.floor,
    "ceil": sympy.ceiling,
    "gcd": lambda *args: sympy.Integer(math.gcd(*map(int, args))),
    "lcm": lambda *args: sympy.Integer(math.lcm(*map(int, args))),
    "max": sympy.Max,
    "min": sympy.Min,
    "mod": sympy.Mod,
}
