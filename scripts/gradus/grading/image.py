"""Images in the finite field: their sums, products, powers and roots."""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import isqrt

from gradus.grading import field
from gradus.grading.field import Element

_MAX_BITS = 20_000
_SURE_BITS = 60
_PRIMES = [n for n in range(2, 1000) if all(n % d for d in range(2, isqrt(n) + 1))]


class NoImage(Exception):
    """Not an expression, undefined (a division by zero), or too large to compute exactly."""


_FULL_TURN = field.P**2 - 1
"""The order of the field's multiplicative group, of which the order of each element is a divisor."""


@dataclass(frozen=True, slots=True)
class Image:
    """An element of the field, and what it proves.

    `exact`: built from numbers, variables, i, pi, e, roots of rationals, angles and exponentials only, for which the
    map is a true homomorphism: two different exact images prove that the expressions differ (for e, pi and logarithms
    together this assumes that they are algebraically independent, as every computer algebra system does). `guarded`:
    somewhere one of several roots was chosen, so that equal images mean equal up to the sign of a root, or a number is
    so long that it could be a multiple of P on purpose; `numeric.py` then decides. `rational` is the exact value if it
    is a rational number that is not too long.
    """

    at: Element
    rational: Fraction | None = None
    exact: bool = True
    guarded: bool = False


def rational_image(value: Fraction) -> Image:
    # A long number could be chosen such that it, or its sum with others, is a multiple of P, whose image is 0.
    long = max(value.numerator.bit_length(), value.denominator.bit_length()) > _SURE_BITS
    return Image(field.fraction(value.numerator, value.denominator), value, True, long)


def sum_of(parts: list[Image]) -> Image:
    rationals = [part.rational for part in parts if part.rational is not None]
    if len(rationals) == len(parts):
        return rational_image(sum(rationals, Fraction(0)))
    x = sum(part.at[0] for part in parts) % field.P
    y = sum(part.at[1] for part in parts) % field.P
    return Image((x, y), None, all(part.exact for part in parts), any(part.guarded for part in parts))


def product_of(parts: list[Image]) -> Image:
    at, rational = field.ONE, Fraction(1)
    for part in parts:
        at = field.multiply(at, part.at)
        if rational is not None:
            rational = None if part.rational is None else rational * part.rational
            if rational is not None and rational.numerator.bit_length() > _MAX_BITS:
                raise NoImage("too long")
    return Image(at, rational, all(part.exact for part in parts), any(part.guarded for part in parts))


def quotient_of(a: Image, b: Image) -> Image:
    return product_of([a, integer_power(b, -1)])


def integer_power(base: Image, exponent: int) -> Image:
    if exponent.bit_length() > _MAX_BITS:
        raise NoImage("exponent")
    if base.rational is not None:
        if base.rational == 0 and exponent <= 0:
            raise NoImage("0^0")
        size = max(base.rational.numerator.bit_length(), base.rational.denominator.bit_length())
        if abs(base.rational) == 1 or size * abs(exponent) <= _MAX_BITS:
            if abs(base.rational) == 1:
                exponent %= 2
            # However long, a power of a number that is not a multiple of P is not one either.
            return replace(rational_image(base.rational**exponent), guarded=base.guarded)
    # Exponents as long as P could be chosen such that they differ by the order of the base in the field.
    long = exponent.bit_length() > _SURE_BITS
    return Image(field.power(base.at, exponent % _FULL_TURN), None, base.exact, base.guarded or long)


def root_of_rational(value: Fraction, degree: int) -> Image:
    if value == 0:
        return rational_image(value)
    if value < 0:
        if degree % 2:
            positive = root_of_rational(-value, degree)
            return product_of([rational_image(Fraction(-1)), positive])
        if degree != 2:
            raise NoImage("root of a negative")
        return product_of([Image(field.I), root_of_rational(-value, 2)])
    rational, parts, known = Fraction(1), [], True
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        if number.bit_length() > 512:
            raise NoImage("too long")
        for prime, count, certain in factors_of(number):
            whole, rest = divmod(sign * count, degree)
            rational *= Fraction(prime) ** whole
            known = known and (certain or not rest)
            if rest:
                parts.append(_root_of_prime(prime, Fraction(rest, degree)))
    if not parts:
        return rational_image(rational)
    whole = product_of([rational_image(rational), *parts])
    return whole if known else Image(whole.at, None, False, True)


def factors_of(number: int) -> list[tuple[int, int, bool]]:
    """(factor, count, whether it is proved to be prime)."""
    found = []
    for prime in _PRIMES:
        if prime * prime > number:
            break
        count = 0
        while number % prime == 0:
            number //= prime
            count += 1
        if count:
            found.append((prime, count, True))
    if number > 1:
        root = isqrt(number)
        if root * root == number and number >= 1_000_000:
            found.append((root, 2, root < 1_000_000))
        else:
            found.append((number, 1, number < 1_000_000))
    return found


def _root_of_prime(prime: int, exponent: Fraction) -> Image:
    degree = exponent.denominator
    odd = degree
    while odd % 2 == 0:
        odd //= 2
    at: Element = (prime, 0)
    twos = degree // odd
    if odd > 1:
        at = (field.odd_root(prime, odd), 0)
    if twos == 1:
        return Image(field.power(at, exponent.numerator))
    root = field.square_root_of_prime(prime)
    if odd > 1:  # p^(1/2m) = sqrt(p) ^ a * p^(b/m) with a m + 2 b = 1
        a = pow(odd, -1, 2)
        b = (1 - a * odd) // 2
        root = field.multiply(field.power(root, a), field.power(at, b))
    while twos > 2:
        root, twos = field.square_root(root), twos // 2
    return Image(field.power(root, exponent.numerator), None, degree % 4 != 0, degree % 4 == 0)


def opaque(name: str, parts: list[Image], exact: bool = False) -> Image:
    """The image of a function of which only its name and arguments are known: equal arguments give equal values."""
    seed = ("f", name, tuple(part.at for part in parts))
    exact = exact and all(part.exact for part in parts)
    return Image(field.positive(seed), None, exact, any(part.guarded for part in parts))
