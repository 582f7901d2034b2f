"""Images of factorials and binomial coefficients."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import comb, prod

from gradus.grading import field
from gradus.grading.image import Image, NoImage, opaque, product_of, quotient_of, rational_image, sum_of

MAX_FACTORIAL = 20_000
"""Factorials of larger numbers are opaque: equal to themselves, with nothing else known."""

_EXPANDED = 60
"""(n + c)! is n! times c factors, and n over k has as many as the smaller of k and n - k, up to this number."""


def factorial(n: Image, step: int = 1, shift: Fraction = Fraction(0)) -> Image:
    """(n + shift)!, or with `step` 2 the double factorial."""
    if n.rational is not None:
        return _factorial_of_number(n, n.rational + shift, step)
    whole = int(shift) if step == 1 and shift.denominator == 1 and abs(shift) <= _EXPANDED else 0
    base = opaque("factorial" if step == 1 else "doublefactorial", [_shifted(n, shift - whole)])
    factors = [_shifted(n, shift - whole + k) for k in (range(1, whole + 1) if whole > 0 else range(whole + 1, 1))]
    if not factors:
        return base
    return product_of([base, *factors]) if whole > 0 else quotient_of(base, product_of(factors))


def _shifted(n: Image, by: Fraction | int) -> Image:
    return sum_of([n, rational_image(Fraction(by))]) if by else n


def _factorial_of_number(n: Image, value: Fraction, step: int) -> Image:
    if value < 0:
        raise NoImage("factorial of a negative")
    if value.denominator != 1 or value > MAX_FACTORIAL:
        return opaque("factorial" if step == 1 else "doublefactorial", [rational_image(value)])
    if value <= 1000:
        # However long, a product of small numbers is not a multiple of P.
        return replace(rational_image(Fraction(prod(range(int(value), 1, -step)))), guarded=False)
    return Image((_long_factorial(int(value), step), 0), None, True, n.guarded)


@lru_cache(maxsize=64)
def _long_factorial(n: int, step: int) -> int:
    """The factorial in GF(P), never 0 since P is a prime greater than n."""
    residue = 1
    for k in range(n, 1, -step):
        residue = residue * k % field.P
    return residue


def binomial(n: Image, k: Image, in_factorials: Callable[[], Image]) -> Image:
    """n over k: exact for numbers, a polynomial if k or n - k is a small number, else a quotient of factorials."""
    rest = sum_of([n, product_of([rational_image(Fraction(-1)), k])])
    if n.rational is not None and k.rational is not None:
        if n.rational.denominator == k.rational.denominator == 1 and 0 <= k.rational <= n.rational <= 1000:
            return replace(rational_image(Fraction(comb(int(n.rational), int(k.rational)))), guarded=False)
    else:
        for few in (k.at, rest.at):  # n over k is n over n - k, and the image of a small number is this number
            if few[0] <= _EXPANDED and not few[1]:
                factors = [_shifted(n, -i) for i in range(few[0])]
                return quotient_of(product_of(factors), factorial(rational_image(Fraction(few[0]))))
    return in_factorials()
