"""A finite field in which answers are compared: GF(P^2) = GF(P)[i], P a prime of 127 bits.

An expression is mapped into this field by a ring homomorphism: numbers go to their residues, i to i, every variable and
transcendental constant to its own pseudo-random element. Equal expressions have equal images, and unequal ones have
unequal images except with a probability of about degree/P, 1e-36 (Schwartz 1980, Zippel 1979). Nothing is expanded, so
(x+y)^1000 costs as little as x.

P is chosen so that the homomorphism covers roots and angles too. P + 1 is divisible by ORDER, so the roots of unity of
that order are in the field: cos and sin of pi*a/b are images of algebraic numbers. The square roots of the primes up to
37 are Gauss sums of these roots of unity, which fixes their signs to those of the positive real roots: cos(pi/6) and
sqrt(3)/2 are the same element. P - 1 is divisible by no odd prime below 100, so odd roots exist and are unique in
GF(P).
"""

from functools import lru_cache
from hashlib import blake2b

P = 170141183460469231731686727745531067519
ORDER = 16 * 9 * 5 * 7 * 11 * 13 * 17 * 19 * 23 * 29 * 31 * 37
DIVISIONS = 2**8 * 3**2 * 5**8 * 7 * 11 * 13
"""Every pseudo-random element is this power of a known one, so that its roots are known too, such as e^{0.0075}."""

Element = tuple[int, int]
ZERO: Element = (0, 0)
ONE: Element = (1, 0)
I: Element = (0, 1)

_SMALL = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


def add(a: Element, b: Element) -> Element:
    return (a[0] + b[0]) % P, (a[1] + b[1]) % P


def multiply(a: Element, b: Element) -> Element:
    if not a[1] and not b[1]:
        return a[0] * b[0] % P, 0
    return (a[0] * b[0] - a[1] * b[1]) % P, (a[0] * b[1] + a[1] * b[0]) % P


def negate(a: Element) -> Element:
    return -a[0] % P, -a[1] % P


def inverse(a: Element) -> Element:
    """Raises ValueError for zero."""
    if not a[1]:
        return pow(a[0], -1, P), 0
    scale = pow(a[0] * a[0] + a[1] * a[1], -1, P)
    return a[0] * scale % P, -a[1] * scale % P


def power(a: Element, exponent: int) -> Element:
    """Raises ValueError for a negative power of zero."""
    if not a[1]:
        return pow(a[0], exponent, P), 0
    if exponent < 0:
        a, exponent = inverse(a), -exponent
    result = ONE
    while exponent:
        if exponent & 1:
            result = multiply(result, a)
        a = multiply(a, a)
        exponent >>= 1
    return result


def fraction(numerator: int, denominator: int) -> Element:
    return (numerator % P if denominator == 1 else numerator * pow(denominator, -1, P) % P), 0


def _seeded(seed: object) -> int:
    return int.from_bytes(blake2b(repr(seed).encode(), digest_size=16).digest()) % P or 1


@lru_cache(maxsize=4096)
def _positive_root(seed: object) -> int:
    return _seeded(seed)


@lru_cache(maxsize=4096)
def positive(seed: object, numerator: int = 1, denominator: int = 1) -> Element:
    """The image of a positive unknown to the power numerator/denominator. Raises ValueError if that is not known."""
    if DIVISIONS % denominator:
        raise ValueError("no such root")
    return pow(_positive_root(seed), DIVISIONS // denominator * numerator, P), 0


@lru_cache(maxsize=4096)
def turn(seed: object, numerator: int, denominator: int) -> Element:
    """The image of exp(i t numerator/denominator) for an unknown angle t: an element of norm 1."""
    if DIVISIONS % denominator:
        raise ValueError("no such root")
    g = (_seeded(("angle", seed)), 1)
    conjugate = (g[0], P - 1)
    return power(multiply(conjugate, inverse(g)), DIVISIONS // denominator * numerator)


@lru_cache(maxsize=1)
def _root_of_unity() -> Element:
    """exp(2 pi i / ORDER)."""
    k = 1
    while True:
        k += 1
        unit = multiply((k, P - 1), inverse((k, 1)))  # g^(P-1) for g = k + i has norm 1
        z = power(unit, (P + 1) // ORDER)
        if all(power(z, ORDER // q) != ONE for q in _SMALL):
            return z if power(z, ORDER // 4) == I else (z[0], -z[1] % P)


@lru_cache(maxsize=4096)
def half_turns(numerator: int, denominator: int) -> Element:
    """The image of exp(i pi numerator/denominator). Raises ValueError if the field has no such root of unity."""
    if ORDER % (2 * denominator):
        raise ValueError("no such root of unity")
    return power(_root_of_unity(), ORDER // (2 * denominator) * (numerator % (2 * denominator)))


@lru_cache(maxsize=4096)
def square_root_of_prime(q: int) -> Element:
    """The image of the positive square root of a prime."""
    if q == 2:
        eighth = half_turns(1, 4)
        return add(eighth, inverse(eighth))
    if q in _SMALL:
        total = ZERO
        for k in range(1, q):
            root = half_turns(2 * k, q)
            total = add(total, root if pow(k, (q - 1) // 2, q) == 1 else negate(root))
        return total if q % 4 == 1 else multiply((0, P - 1), total)
    root = pow(q, (P + 1) // 4, P)
    return (root, 0) if root * root % P == q % P else (0, pow(-q, (P + 1) // 4, P))


def odd_root(a: int, degree: int) -> int:
    """The only root of an odd degree in GF(P). Raises ValueError if it is not unique."""
    return pow(a, pow(degree, -1, P - 1), P)


def square_root(a: Element) -> Element:
    """One of the two square roots, the same for equal elements. Raises ValueError if there is none."""
    x, y = a
    if not y:
        root = pow(x, (P + 1) // 4, P)
        return (root, 0) if root * root % P == x else (0, pow(-x, (P + 1) // 4, P))
    norm = pow(x * x + y * y, (P + 1) // 4, P)
    for size in (norm, -norm):
        half = (x + size) * pow(2, -1, P) % P
        real = pow(half, (P + 1) // 4, P)
        if real and real * real % P == half:
            root = (real, y * pow(2 * real, -1, P) % P)
            if multiply(root, root) == a:
                return min(root, negate(root))
    raise ValueError("no square root")
