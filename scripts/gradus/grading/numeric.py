"""Separate two expressions by rigorous numerics: interval arithmetic at fixed rational points.

Used if the finite field cannot decide: sines of radicals, nested roots, absolute values, factorials of variables. Two
disjoint enclosures prove a difference; enclosures that overlap at every point prove nothing by themselves, but rule out
a wrong sign of a root. Only real values are compared: a point at which a side is not real is skipped.
"""

import threading
from fractions import Fraction
from functools import cache
from math import comb, factorial, prod
from typing import Any, Protocol

from gradus.grading.tree import Add, Big, Call, Const, Func, Mul, Node, Num, Pow, Sym

_BITS = 120
_LARGE = 2**40
# Positive points first, then ones of both signs; never round numbers.
_POINTS = (
    [Fraction(17, 13), Fraction(29, 31), Fraction(41, 19), Fraction(23, 37), Fraction(53, 43), Fraction(71, 59)],
    [Fraction(5, 11), Fraction(67, 29), Fraction(13, 47), Fraction(83, 61), Fraction(31, 73), Fraction(19, 7)],
    [Fraction(97, 23), Fraction(59, 17), Fraction(101, 31), Fraction(73, 13), Fraction(61, 11), Fraction(47, 9)],
    [Fraction(-19, 17), Fraction(-43, 29), Fraction(-11, 41), Fraction(-37, 23), Fraction(-7, 53), Fraction(-9, 67)],
    [Fraction(-31, 12), Fraction(7, 5), Fraction(-3, 14), Fraction(22, 9), Fraction(-15, 8), Fraction(4, 21)],
)
_INTEGERS = ([7, 3, 5, 2, 11, 4], [9, 2, 4, 6, 3, 5], [12, 5, 3, 8, 2, 7])
_local = threading.local()


class _Interval(Protocol):
    """An interval of mpmath, which has no type hints: ends and width are intervals of one point."""

    _mpi_: tuple[tuple[int, int, int, int], ...]

    @property
    def a(self) -> "_Interval": ...
    @property
    def b(self) -> "_Interval": ...
    @property
    def mid(self) -> "_Interval": ...
    @property
    def delta(self) -> "_Interval": ...
    def __add__(self, other: "_Interval") -> "_Interval": ...
    def __mul__(self, other: "_Interval") -> "_Interval": ...
    def __rmul__(self, other: int) -> "_Interval": ...
    def __truediv__(self, other: "_Interval | int") -> "_Interval": ...
    def __pow__(self, other: int) -> "_Interval": ...
    def __neg__(self) -> "_Interval": ...
    def __abs__(self) -> "_Interval": ...
    def __float__(self) -> float: ...
    def __lt__(self, other: "_Interval | float") -> bool: ...
    def __le__(self, other: "_Interval | float") -> bool: ...
    def __gt__(self, other: "_Interval | float") -> bool: ...
    def __ge__(self, other: "_Interval | float") -> bool: ...


class _Undefined(Exception):
    """Not real, without an enclosure, or too large at this point."""


def compare(a: Node, b: Node) -> bool | None:
    """True: they differ at some point. False: they agree wherever both could be computed. None: computed nowhere."""
    names, counting = _walk(a, b)
    if len(names) > 6:
        return None
    points = _INTEGERS if counting and names else _POINTS if names else _POINTS[:1]
    agreed = 0
    for values in points:
        point = dict(zip(sorted(names), map(Fraction, values), strict=False))
        try:
            left, right = _Enclosure(point).of(a), _Enclosure(point).of(b)
        except (_Undefined, ZeroDivisionError, ValueError, OverflowError):
            continue
        if left.b < right.a or right.b < left.a:
            return True
        agreed += 1
    return False if agreed else None


def enclose(node: Node) -> tuple[Fraction, Fraction] | None:
    """Tight rational bounds around a real constant, or None if there are none."""
    if isinstance(node, Num):
        return node.value, node.value
    try:
        found = _Enclosure({}).of(node)
    except (_Undefined, ZeroDivisionError, ValueError, OverflowError):
        return None
    low, high = (_as_fraction(end) for end in (found.a, found.b))
    return None if low is None or high is None else (low, high)


def _as_fraction(end: _Interval) -> Fraction | None:
    sign, mantissa, exponent, _ = end._mpi_[0]
    if (not mantissa and exponent) or abs(exponent) > 10_000:
        return None
    return (-1) ** sign * int(mantissa) * Fraction(2) ** exponent


def variables_of(node: Node) -> set[str]:
    """The names of the variables in an expression."""
    return _walk(node)[0]


def _walk(*roots: Node) -> tuple[set[str], bool]:
    """(the variables, whether some part is defined for whole numbers only)."""
    names: set[str] = set()
    counting = False
    stack: list[Node] = list(roots)
    while stack:
        node = stack.pop()
        if isinstance(node, Sym):
            names.add(node.name)
        elif isinstance(node, Add):
            stack.extend(node.terms)
        elif isinstance(node, Mul):
            stack.extend(node.factors)
        elif isinstance(node, Pow):
            stack += (node.base, node.exponent)
        elif isinstance(node, Func):
            counting = counting or node.name in ("factorial", "doublefactorial", "binom")
            stack.extend(node.args)
    return names, counting


def _contexts() -> tuple[Any, Any]:
    """mpmath's interval and point arithmetic, a pair per thread since their precision is shared state.

    Any, since mpmath adds their functions at run time.
    """
    if not hasattr(_local, "contexts"):
        import mpmath  # here, since loading it takes longer than most comparisons

        interval, point = mpmath.ctx_iv.MPIntervalContext(), mpmath.ctx_mp.MPContext()
        interval.prec, point.prec = _BITS, _BITS + 40
        _local.contexts = interval, point
    return _local.contexts


@cache
def _sign_of(name: str) -> int:
    return -1 if name in ("sinh", "tanh") else 1


class _Enclosure:
    """Evaluates a tree at one point; every method returns an interval that contains the value."""

    def __init__(self, point: dict[str, Fraction]) -> None:
        self.point = point
        self.iv, self.mp = _contexts()

    def of(self, node: Node) -> _Interval:
        if isinstance(node, Num):
            return self._rational(node.value)
        if isinstance(node, Sym):
            if node.name not in self.point:
                raise _Undefined
            return self._rational(self.point[node.name])
        if isinstance(node, Const):
            if node.name not in ("pi", "e"):
                raise _Undefined
            return self.iv.mpf(getattr(self.iv, node.name))
        if isinstance(node, Add):
            total = self.iv.mpf(0)
            for term in node.terms:
                total += self.of(term)
            return total
        if isinstance(node, Mul):
            product = self.iv.mpf(1)
            for factor in node.factors:
                product *= self.of(factor)
            return self._bounded(product)
        if isinstance(node, Pow):
            return self._power(node.base, node.exponent)
        if isinstance(node, Func):
            return self._function(node)
        if isinstance(node, Call | Big):
            raise _Undefined
        raise _Undefined

    def _bounded(self, value: _Interval) -> _Interval:
        if not (value.a > -(2**4000) and value.b < 2**4000):
            raise _Undefined
        return value

    def _rational(self, value: Fraction) -> _Interval:
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > 10_000:
            raise _Undefined
        return self.iv.mpf(value.numerator) / self.iv.mpf(value.denominator)

    def _power(self, base: Node, exponent: Node) -> _Interval:
        x = self.of(base)
        if isinstance(exponent, Num):
            if exponent.value.denominator == 1:
                return self._integer_power(x, exponent.value.numerator)
            return self._integer_power(self._root(x, exponent.value.denominator), exponent.value.numerator)
        y = self.of(exponent)
        if not x.a > 0:
            raise _Undefined
        return self._exp(y * self.iv.ln(x))

    def _integer_power(self, x: _Interval, n: int) -> _Interval:
        if abs(n) > 10_000:
            if not x.a > 0:
                raise _Undefined
            return self._exp(self.iv.mpf(n) * self.iv.ln(x))
        if n < 0 and x.a <= 0 <= x.b:
            raise _Undefined
        return self._bounded(x**n)

    def _root(self, x: _Interval, degree: int) -> _Interval:
        if degree == 2 and x.a >= 0:
            return self.iv.sqrt(x)
        if x.a > 0:
            return self._exp(self.iv.ln(x) / degree)
        if degree % 2 and x.b < 0:
            return -self._exp(self.iv.ln(-x) / degree)
        if x.a == 0 == x.b:
            return x
        raise _Undefined

    def _exp(self, x: _Interval) -> _Interval:
        if not (x.a > -2000 and x.b < 2000):
            raise _Undefined
        return self.iv.exp(x)

    def _function(self, node: Func) -> _Interval:
        name, iv = node.name, self.iv
        args = [self.of(arg) for arg in node.args]
        x = args[0]
        if not (x.a > -_LARGE and x.b < _LARGE):
            raise _Undefined
        if name == "root":
            if not isinstance(node.args[1], Num) or node.args[1].value.denominator != 1 or node.args[1].value < 1:
                raise _Undefined
            return self._root(x, int(node.args[1].value))
        if name in ("sin", "cos"):
            return getattr(iv, name)(x)
        if name in ("tan", "cot", "sec", "csc"):
            top = {"tan": iv.sin, "cot": iv.cos}.get(name, lambda _: iv.mpf(1))(x)
            return self._divided(top, (iv.cos if name in ("tan", "sec") else iv.sin)(x))
        if name in ("sinh", "cosh", "tanh"):
            plus, minus = self._exp(x), self._exp(-x)
            over = plus + minus
            return self._divided(plus + _sign_of(name) * minus, over if name == "tanh" else iv.mpf(2))
        if name in ("ln", "log"):
            if not all(arg.a > 0 for arg in args):
                raise _Undefined
            return iv.ln(x) if name == "ln" else self._divided(iv.ln(x), iv.ln(args[1]))
        if name in ("arcsin", "arccos", "arctan"):
            return self._inverse_trigonometric(name, x)
        if name == "abs":
            return abs(x)
        if name in ("max", "min"):
            pick = max if name == "max" else min
            return iv.mpf([pick(arg.a for arg in args), pick(arg.b for arg in args)])
        if name in ("floor", "ceil"):
            ends = {int(getattr(self.mp, name)(self.mp.make_mpf(end._mpi_[0]))) for end in (x.a, x.b)}
            if len(ends) != 1:
                raise _Undefined
            return iv.mpf(ends.pop())
        return self._counted(name, args)

    def _divided(self, top: _Interval, bottom: _Interval) -> _Interval:
        if bottom.a <= 0 <= bottom.b:
            raise _Undefined
        return top / bottom

    def _inverse_trigonometric(self, name: str, x: _Interval) -> _Interval:
        """Monotonic functions: the values at both ends, widened by the rounding error on either side."""
        function = getattr(self.mp, {"arcsin": "asin", "arccos": "acos", "arctan": "atan"}[name])
        if name != "arctan" and not (x.a >= -1 and x.b <= 1):
            raise _Undefined
        ends = [function(self.mp.make_mpf(end._mpi_[0])) for end in (x.a, x.b)]
        error = self.mp.mpf(2) ** -_BITS
        return self.iv.mpf([min(ends) - error, max(ends) + error])

    def _counted(self, name: str, args: list[_Interval]) -> _Interval:
        """Factorials and binomials, at points that are whole numbers."""
        whole = []
        for arg in args:
            middle = round(float(arg.mid))
            if not arg.a <= middle <= arg.b or arg.delta > 1e-9 or not 0 <= middle <= 200:
                raise _Undefined
            whole.append(middle)
        if name == "factorial":
            return self.iv.mpf(factorial(whole[0]))
        if name == "doublefactorial":
            return self.iv.mpf(prod(range(whole[0], 1, -2)))
        if name == "binom":
            return self.iv.mpf(comb(*whole))
        raise _Undefined
