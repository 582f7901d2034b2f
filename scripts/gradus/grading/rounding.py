"""Whether an exact number rounds to a decimal."""

from fractions import Fraction

from gradus.grading.form import Form, image_of
from gradus.grading.numeric import enclose
from gradus.grading.tree import Mul, Node, Num, Pow

SIGNIFICANT = 4
"""The least number of significant digits of a rounded answer."""
_TEN = Num(Fraction(10))
_FLOAT_DIGITS = 15
_FLOAT_NOISE = Fraction(1, 10**14)


def rounds_to(a: Form, b: Form) -> bool:
    """Whether one is a decimal and the other, exact and not itself a decimal, rounds to it. Symmetric."""
    return _is_rounded(a, b) or _is_rounded(b, a)


def _is_rounded(decimal: Form, exact: Form) -> bool:
    shown = decimal_of(decimal.node)
    if shown is None or exact.node is None:
        return False
    value, step = shown
    digits = len(str(abs(value / step).numerator))
    noise = abs(value) * _FLOAT_NOISE if digits >= _FLOAT_DIGITS else Fraction(0)
    other = decimal_of(exact.node)
    if other is not None:  # two decimals: 0.30000000000000004 is 0.3 with the error of a float
        return 0 < abs(other[0] - value) <= noise and other[1] > step
    if digits < SIGNIFICANT or not value or value.denominator == 1 < step.denominator:
        return False
    bounds = _bounds(exact.node, exact)
    return bounds is not None and all(abs(end - value) <= max(step / 2, noise) for end in bounds)


def is_about(exact: Form, shown: Form) -> bool:
    """Whether a number approximates a value, with an error of at most one in its last digit."""
    if shown.number is None or exact.node is None:
        return False
    value, step = decimal_of(shown.node) or (shown.number, Fraction(1))
    bounds = _bounds(exact.node, exact)
    return bounds is not None and all(abs(end - value) <= step for end in bounds)


def decimal_of(node: Node | None) -> tuple[Fraction, Fraction] | None:
    """(the value of a decimal or of one times a power of ten, the unit of its last digit); None for other numbers."""
    if isinstance(node, Num):
        return None if node.decimals is None else (node.value, Fraction(10) ** -node.decimals)
    if not isinstance(node, Mul):
        return None
    shown: tuple[Fraction, Fraction] | None = None
    scale = Fraction(1)
    for factor in node.factors:
        part = decimal_of(factor)
        power = _power_of_ten(factor)
        if power is not None:
            scale *= power
        elif part is not None and shown is None:
            shown = part
        else:
            return None
    return None if shown is None else (shown[0] * scale, shown[1] * abs(scale))


def _power_of_ten(node: Node) -> Fraction | None:
    """10^n for |n| < 400; also -1, and 1/100, which a percent sign is."""
    if isinstance(node, Pow) and node.base == _TEN and isinstance(node.exponent, Num):
        n = node.exponent.value
        return Fraction(10) ** int(n) if n.denominator == 1 and abs(n) < 400 else None
    if isinstance(node, Num) and node.decimals is None:
        return node.value if node.value in (-1, Fraction(1, 100)) else None
    return None


def _bounds(node: Node, form: Form) -> tuple[Fraction, Fraction] | None:
    found = image_of(form)
    if isinstance(node, Num):
        return node.value, node.value
    if found is None:
        return None
    if found.rational is not None:
        return found.rational, found.rational
    return enclose(node)
