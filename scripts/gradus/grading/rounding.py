"""When a decimal is what an exact number rounds to: the one rule of the policy that cannot be transitive."""

from fractions import Fraction

from gradus.grading.form import Form, image_of
from gradus.grading.numeric import enclose
from gradus.grading.tree import Node, Num

SIGNIFICANT = 4
"""So many digits a rounded answer must show, leading zeros not counted."""
_FLOAT_DIGITS = 15
_FLOAT_NOISE = Fraction(1, 10**14)


def rounds_to(a: Form, b: Form) -> bool:
    """Whether one is a decimal and the other, exact and no decimal itself, rounds to it. Symmetric."""
    return _is_rounded(a, b) or _is_rounded(b, a)


def _is_rounded(decimal: Form, exact: Form) -> bool:
    node = decimal.node
    if (
        not isinstance(node, Num)
        or not node.decimals
        or (isinstance(exact.node, Num) and exact.node.decimals is not None)
    ):
        return False
    value = node.value
    digits = len(str(abs(value.numerator * 10**node.decimals // value.denominator)))
    if digits < SIGNIFICANT or not value or exact.node is None:
        return False
    bounds = _bounds(exact.node, exact)
    if bounds is None:
        return False
    allowed = Fraction(1, 2 * 10**node.decimals)
    if digits >= _FLOAT_DIGITS:
        allowed = max(allowed, abs(value) * _FLOAT_NOISE)
    return all(abs(end - value) <= allowed for end in bounds)


def _bounds(node: Node, form: Form) -> tuple[Fraction, Fraction] | None:
    found = image_of(form)
    if isinstance(node, Num):
        return node.value, node.value
    if found is None:
        return None
    if found.rational is not None:
        return found.rational, found.rational
    return enclose(node)
