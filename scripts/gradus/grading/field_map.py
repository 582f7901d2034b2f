"""Map expression trees into the finite field of `field.py`, where equality is that of two pairs of integers."""

from collections.abc import Callable
from fractions import Fraction
from math import gcd, lcm, prod

from gradus.grading import angles, field
from gradus.grading.factorials import binomial, factorial
from gradus.grading.image import (
    Image,
    NoImage,
    integer_power,
    opaque,
    product_of,
    quotient_of,
    rational_image,
    root_of_rational,
    sum_of,
)  # fmt: skip
from gradus.grading.sums import renew_budget, summed_image
from gradus.grading.tree import Add, Big, Call, Const, Func, Mul, Node, Num, Pow, Sym


def image(node: Node) -> Image:
    """The image of an expression. Raises NoImage."""
    renew_budget()
    try:
        return _image(node)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise NoImage(str(error)) from error


def _image(node: Node) -> Image:
    handler = _HANDLERS.get(type(node))
    if handler is None:
        raise NoImage(type(node).__name__)
    return handler(node)


def _num(node: Num) -> Image:
    return rational_image(node.value)


def _sym(node: Sym) -> Image:
    return Image(field.positive(("s", node.name)))


def _const(node: Const) -> Image:
    if node.name == "i":
        return Image(field.I)
    if node.name == "oo":
        raise NoImage("infinite")
    return Image(field.positive(("c", node.name)))


def _add(node: Add) -> Image:
    return sum_of([_image(term) for term in node.terms])


def _mul(node: Mul) -> Image:
    return product_of([_image(factor) for factor in node.factors])


def _pow(node: Pow) -> Image:
    exponent = _image(node.exponent) if not isinstance(node.exponent, Num) else rational_image(node.exponent.value)
    power = exponent.rational
    if power is None:
        return angles.symbolic_power(node.base, node.exponent, _image)
    if power.denominator == 1:
        return integer_power(_image(node.base), power.numerator)
    return integer_power(root_of(node.base, power.denominator), power.numerator)


# Roots -----------------------------------------------------------------------------------------------------------


def root_of(node: Node, degree: int) -> Image:
    """The root of an expression: positive for a positive one, real for an odd root of a negative one, else i times a
    root."""
    if not 1 <= degree <= 10_000:
        raise NoImage("root")
    if degree == 1:
        return _image(node)
    if isinstance(node, Sym | Const) and node not in (Const("i"), Const("oo")):
        seed = ("s" if isinstance(node, Sym) else "c", node.name)
        return Image(field.positive(seed, 1, degree))
    if isinstance(node, Pow) and isinstance(node.exponent, Num) and not isinstance(node.base, Num):
        inner = node.exponent.value / degree
        part = integer_power(root_of(node.base, inner.denominator), inner.numerator)
        return part if degree % 2 else Image(part.at, None, False, True)
    if isinstance(node, Mul):
        parts = [root_of(factor, degree) for factor in node.factors]
        whole = product_of(parts)
        return whole if degree % 2 else Image(whole.at, whole.rational, False, True)
    inside = _image(node)
    if inside.rational is not None:
        return root_of_rational(inside.rational, degree)
    if degree % 2:
        if inside.at[1]:
            raise NoImage("root outside the field")
        return Image((field.odd_root(inside.at[0], degree), 0), None, False, inside.guarded)
    at = field.square_root(inside.at)
    while degree % 4 == 0:
        at, degree = field.square_root(at), degree // 2
    if degree != 2:
        raise NoImage("root")
    return Image(at, None, False, True)


# Functions -------------------------------------------------------------------------------------------------------


def _call(node: Call) -> Image:
    return opaque("call " + node.name, [_image(arg) for arg in node.args], exact=True)


def _big(node: Big) -> Image:
    lower, upper = _image(node.lower), _image(node.upper)
    whole = summed_image(node, lower.rational, upper.rational, _image)
    if whole is not None:
        return whole
    parts = [_image(node.body), lower, upper]
    return opaque(f"{node.kind} {node.variable}", parts)


def _func(node: Func) -> Image:
    name = node.name
    if name in angles.NAMES:
        return angles.image_of(name, node.args[0], _image)
    if name == "root":
        degree = _image(node.args[1]).rational
        if degree is None or degree.denominator != 1:
            raise NoImage("root")
        return root_of(node.args[0], int(degree))
    if name == "ln":
        return angles.logarithm(node.args[0], _image)
    if name == "log":
        return quotient_of(angles.logarithm(node.args[0], _image), angles.logarithm(node.args[1], _image))
    if name == "mod":
        remainder = _remainder(*node.args)
        if remainder is not None:
            return rational_image(Fraction(remainder))
    parts = [_image(arg) for arg in node.args]
    rationals = [part.rational for part in parts if part.rational is not None]
    if len(rationals) == len(parts):
        value = _rational_function(name, rationals)
        if value is not None:
            return rational_image(value)
    if name == "binom":
        n, k = parts
        return binomial(n, k, lambda: _selections(*node.args))
    if name == "factorial":
        return _factorial(node.args[0])
    if name == "doublefactorial":
        return factorial(parts[0], step=2)
    if name == "abs":
        parts = [product_of([parts[0], parts[0]])]
    if name in ("gcd", "lcm", "max", "min"):
        parts.sort(key=lambda part: part.at)
    return opaque(name, parts)


def _factorial(argument: Node) -> Image:
    """(x + 2)! is (x + 2)(x + 1) x!, so that quotients of factorials cancel."""
    n = _image(argument)
    if n.rational is not None:
        return factorial(n)
    shift = angles.Split(_image).of(argument).get((), Fraction(0))
    return factorial(sum_of([n, rational_image(-shift)]) if shift else n, shift=shift)


def _selections(n: Node, k: Node) -> Image:
    rest = Add((n, Mul((Num(Fraction(-1)), k))))
    return quotient_of(_factorial(n), product_of([_factorial(k), _factorial(rest)]))


def _remainder(node: Node, modulus: Node) -> int | None:
    """The remainder of a whole number that may be too long to write out: 7^(7^7) mod 10. None for other expressions."""
    if not isinstance(modulus, Num) or modulus.value.denominator != 1 or not 0 < modulus.value < 10**18:
        return None
    m = int(modulus.value)
    if isinstance(node, Num):
        return int(node.value) % m if node.value.denominator == 1 else None
    if isinstance(node, Pow):
        base, exponent = _remainder(node.base, modulus), _image(node.exponent).rational
        if base is None or exponent is None or exponent.denominator != 1 or exponent < 0:
            return None
        return pow(base, int(exponent), m)
    if isinstance(node, Add | Mul):
        operands = node.terms if isinstance(node, Add) else node.factors
        parts = [part for part in (_remainder(operand, modulus) for operand in operands) if part is not None]
        if len(parts) < len(operands):
            return None
        return (sum(parts) if isinstance(node, Add) else prod(parts)) % m
    return None


_INTEGERS: dict[str, Callable[..., int]] = {"gcd": gcd, "lcm": lcm}


def _rational_function(name: str, values: list[Fraction]) -> Fraction | None:
    whole = all(value.denominator == 1 for value in values)
    first = values[0]
    if name == "abs":
        return abs(first)
    if name in ("floor", "ceil"):
        return Fraction(first.__floor__() if name == "floor" else first.__ceil__())
    if name in ("max", "min"):
        return max(values) if name == "max" else min(values)
    if name in _INTEGERS and whole:
        return Fraction(_INTEGERS[name](*map(int, values)))
    if name == "mod" and values[1]:
        return first % values[1]
    return None


_HANDLERS: dict[type, Callable] = {
    Num: _num, Sym: _sym, Const: _const, Add: _add, Mul: _mul, Pow: _pow, Func: _func, Call: _call, Big: _big,
}  # fmt: skip
