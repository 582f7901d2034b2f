"""Values with units: letters that may be units, and conversion to other units."""

from dataclasses import replace
from fractions import Fraction

from gradus.grading import units
from gradus.grading.form import Form, tuple_form, value_form
from gradus.grading.tree import Mul, Num, Pow, Sym

_UNIT_LETTERS = frozenset(map(Sym, units.LETTERS))


def with_unit_letter(form: Form) -> Form | None:
    """`5 m` as five metres, to be compared with an answer that has a unit; None if it ends in no such letter."""
    node = form.node
    if form.kind != "value" or not isinstance(node, Mul):
        return None
    *values, last = node.factors
    letter, power = (last.base, last.exponent) if isinstance(last, Pow) else (last, Num(Fraction(1)))
    if not isinstance(letter, Sym) or letter.name not in units.LETTERS or not isinstance(power, Num):
        return None
    words = [letter.name] if power.value == 1 else [letter.name, f"^{power.value}"]
    return replace(value_form(values[0] if len(values) == 1 else Mul(tuple(values))), label=units.read_unit(words))


def perhaps_unit(a: Form, b: Form) -> bool:
    """`5 m` compared with 5: the letter may be a unit."""
    node = a.node
    if not isinstance(node, Mul) or len(node.factors) != 2 or b.number is None:
        return False
    return node.factors[0] == b.node and node.factors[1] in _UNIT_LETTERS


def scaled(form: Form, factor: Num | Mul) -> Form:
    if form.kind == "value" and form.node is not None:
        return value_form(Mul((form.node, factor)))
    return (
        form
        if form.kind != "tuple" and form.kind != "list"
        else tuple_form([scaled(item, factor) for item in form.items])
    )
