"""Are two SymPy expressions equal? True only if the difference is proved to be zero, False only if some value of it is
far from zero, else None.

Free symbols are real numbers. An identity that holds for all positive values counts, unless a negative value at which
both sides are real contradicts it: so log(xy) is log x + log y, but neither |x| nor the root of x^2 is x.
"""

from collections.abc import Callable, Iterator

import sympy
from sympy import Expr, Rational, Symbol
from sympy.functions.elementary.trigonometric import TrigonometricFunction

DIGITS = 40
"""Decimal digits of the values that are compared."""

SEPARATED = sympy.Float(10) ** -34
"""Relative difference above which two values are different: far above the rounding error of DIGITS digits."""

# Start and stride: a different value for each symbol and point, never a round number, and small: x^x^x stays finite.
_POSITIVE = [
    (Rational(7, 11), Rational(17, 13)),
    (Rational(23, 19), Rational(5, 31)),
    (Rational(13, 29), Rational(3, 7)),
]


def same_expression(a: Expr, b: Expr) -> bool | None:
    """Compare two expressions of numbers and real symbols."""
    if a == b:
        return True
    if not (_is_finite_looking(a) and _is_finite_looking(b)):
        return None
    symbols = symbols_of(a, b)
    if len(symbols) > 12:
        return None
    points = [*_points(symbols, negative=False), *(_points(symbols, negative=True) if symbols else ())]
    if any(_separated(a, b, point) for point in points):
        return False
    return True if is_zero(_with_positive(a - b, symbols)) else None


def symbols_of(*expressions: Expr) -> list[Symbol]:
    """The free symbols of expressions, sorted by name."""
    free = {symbol for expression in expressions for symbol in expression.free_symbols if isinstance(symbol, Symbol)}
    return sorted(free, key=lambda symbol: symbol.name)


def is_zero(difference: Expr) -> bool:
    """Whether one of several simplifications, from cheap to expensive, reduces an expression to 0."""
    return any(step(difference) == 0 for step in _steps(difference))


def _steps(difference: Expr) -> Iterator[Callable[[Expr], sympy.Basic]]:
    yield lambda d: d
    yield sympy.expand
    if difference.is_number and not difference.has(sympy.Function):
        yield lambda d: sympy.expand(sympy.radsimp(sympy.sqrtdenest(d)))
        if difference.is_algebraic:
            # The minimal polynomial of a number is x only for 0.
            yield lambda d: sympy.minimal_polynomial(d, _X) - _X
    yield lambda d: sympy.expand(sympy.numer(sympy.together(d)))
    if difference.has(sympy.log):
        yield lambda d: sympy.expand(sympy.expand_log(d, force=False))
        yield lambda d: sympy.logcombine(d)
    if difference.has(TrigonometricFunction):
        yield lambda d: sympy.expand(sympy.expand_trig(d))
        yield sympy.trigsimp
        yield lambda d: sympy.simplify(sympy.expand(d.rewrite(sympy.exp)))
    if difference.has(sympy.factorial, sympy.binomial, sympy.gamma):
        yield sympy.combsimp
        yield sympy.gammasimp
    yield sympy.powsimp
    yield lambda d: sympy.powsimp(sympy.expand(sympy.powdenest(d)))
    yield sympy.simplify


_X = Symbol("x")


def _points(symbols: list[Symbol], negative: bool) -> Iterator[dict[Symbol, Expr]]:
    """Values to try; with `negative`, some of them below zero. One empty point if there are no symbols."""
    for start, stride in _POSITIVE if symbols else _POSITIVE[:1]:
        values = [start + index * stride for index in range(len(symbols))]
        if not negative:
            yield dict(zip(symbols, values))
        else:
            yield {symbol: -value for symbol, value in zip(symbols, values)}
            if len(symbols) > 1:
                yield {s: -value if index % 2 else value for index, (s, value) in enumerate(zip(symbols, values))}


def _separated(a: Expr, b: Expr, point: dict[Symbol, Expr]) -> bool:
    """Whether both have finite values at the point, and these differ. At negative points both must be real."""
    value_a, value_b = (_value(side, point) for side in (a, b))
    if value_a is None or value_b is None:
        return False
    if any(value < 0 for value in point.values()) and not (value_a.is_real and value_b.is_real):
        return False
    size = max(1, abs(value_a), abs(value_b))
    # If both are small, the difference is relative to the larger one: 10^-40 is not 10^-50.
    least = max(abs(value_a), abs(value_b))
    return bool(abs(value_a - value_b) > SEPARATED * (least if 0 < least < 1 else size))


def _value(expression: Expr, point: dict[Symbol, Expr]) -> Expr | None:
    """A number with DIGITS correct digits, or None if SymPy cannot guarantee them."""
    at = expression.subs([*point.items()]) if point else expression
    try:
        value = at.evalf(DIGITS, maxn=4 * DIGITS, strict=True)
    except (sympy.core.evalf.PrecisionExhausted, NotImplementedError, ValueError, TypeError, ZeroDivisionError):
        return sympy.Integer(0) if at == 0 else None
    if not value.is_number or not value.is_finite or value.has(sympy.nan, sympy.zoo, sympy.oo):
        return None
    real, imaginary = value.as_real_imag()
    return value if real.is_Number and imaginary.is_Number else None


def _is_finite_looking(expression: Expr) -> bool:
    return isinstance(expression, Expr) and not expression.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo)


def _with_positive(expression: Expr, symbols: list[Symbol]) -> Expr:
    return expression.subs({symbol: Symbol(symbol.name, positive=True) for symbol in symbols})
