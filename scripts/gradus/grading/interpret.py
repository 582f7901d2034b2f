"""Interpret a tree by the policy: as a value, words, a tuple, a list, a set or an equation.

See POLICY.md for the reasons.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from gradus.grading import phrases, realsets, relations, units
from gradus.grading.form import EMPTY, Form, list_form, number_form, reals_form, tuple_form, value_form
from gradus.grading.image import NoImage
from gradus.grading.tree import (
    Based,
    Interval,
    ListOf,
    Matrix,
    Mul,
    Named,
    Node,
    Num,
    Pow,
    Quantity,
    Ratio,
    Relation,
    SetOf,
    SetOp,
    Text,
    Time,
    Tup,
)  # fmt: skip

_NAMED_SETS = {"R": ((None, False, None, False),)}


def form_of(node: Node) -> Form:
    """The form of a tree."""
    builder = _BUILDERS.get(type(node))
    return value_form(node) if builder is None else builder(node)


# Words, units, ratios --------------------------------------------------------------------------------------------


def _text(node: Text) -> Form:
    words = node.words
    if phrases.is_nothing(words):
        return EMPTY
    if phrases.is_everything(words):
        return reals_form(_NAMED_SETS["R"])
    number = phrases.counted(words)
    if number is not None:
        value, rest = number
        return replace(number_form(value), label=units.read_unit(rest.split()) if rest else "")
    return Form("text", ("text", phrases.plain_words(words)), node)


def _time(node: Time) -> Form:
    return Form("time", ("time", node.seconds, node.half), node)


def _quantity(node: Quantity) -> Form:
    inner = form_of(node.value)
    return inner if inner.label else replace(inner, label=node.unit)


def _based(node: Based) -> Form:
    """A numeral in another base is its digits, with the base as its unit."""
    if not node.digits.lstrip("-").isdigit():
        return Form("text", ("text", node.digits.lower()), node, label=f"base {node.base}")
    return replace(number_form(Fraction(int(node.digits))), label=f"base {node.base}")


def _ratio(node: Ratio) -> Form:
    forms = [form_of(part) for part in node.parts]
    if len(forms) == 2 and not _like_a_clock(node):
        try:
            return value_form(Mul((node.parts[0], Pow(node.parts[1], Num(Fraction(-1))))))
        except NoImage:
            pass
    key = ("clock", tuple(form.key for form in forms))
    values = [form.number for form in forms if form.number is not None]
    if len(values) == len(forms) > 2 and values[0]:
        key = ("clock", tuple(value / values[0] for value in values))
    return Form("clock", key, node, items=tuple(forms))


def _like_a_clock(node: Ratio) -> bool:
    """`7:32` may be a time of day, and then it is not a fraction."""
    hours, minutes = node.digits[:2] if len(node.digits) >= 2 else ("", "")
    if not (hours.isdigit() and minutes.isdigit()):
        return False
    return int(hours) <= 24 and len(minutes) == 2 and int(minutes) < 60


# Several values --------------------------------------------------------------------------------------------------


def _tup(node: Tup) -> Form:
    form = tuple_form([form_of(item) for item in node.items])
    if len(node.items) == 2:
        piece = realsets.piece(node.items[0], node.items[1], False, False)
        return replace(form, pieces=None if piece is None else (piece,))
    return form


def _set(node: SetOf) -> Form:
    form = list_form([form_of(item) for item in node.items], distinct=True)
    return replace(form, braced=True) if form.kind == "list" else form


def _list(node: ListOf) -> Form:
    forms = [form_of(item) for item in node.items]
    names = [form.name for form in forms]
    plain = [replace(form, name="", equation=None) if form.name else form for form in forms]
    if all(names) and not any(form.kind == "equation" for form in forms):
        size = len(set(names))
        if 1 < size < len(names) and names == names[:size] * (len(names) // size):
            groups = [tuple_form(plain[at : at + size]) for at in range(0, len(plain), size)]
            return list_form(groups)
        if size == len(names) and len({name[0] for name in names}) == size:
            return list_form(plain, tuple(names))
    elif any(names) and names[0] and not any(names[1:]):
        return replace(list_form(plain), name=names[0])
    labels = tuple(form.label for form in forms)
    if all(labels) and len(set(labels)) == len(labels) > 1:
        return list_form(plain, labels)  # 12 apples and 3 pears are not 3 apples and 12 pears
    return list_form(plain)


def _matrix(node: Matrix) -> Form:
    """A column is a tuple: vectors are written both ways."""
    rows = [[form_of(entry) for entry in row] for row in node.rows]
    if len(rows[0]) == 1 and len(rows) > 1:
        return tuple_form([row[0] for row in rows])
    flat = [form for row in rows for form in row]
    shape = (len(rows), len(rows[0]))
    return Form("matrix", ("matrix", shape, tuple(form.key for form in flat)), items=tuple(flat), shape=shape)


# Sets of reals ---------------------------------------------------------------------------------------------------


def _interval(node: Interval) -> Form:
    piece = realsets.piece(node.low, node.high, node.closed_low, node.closed_high)
    if piece is not None:
        return reals_form((piece,))
    ends = tuple_form([form_of(node.low), form_of(node.high)])
    return replace(ends, key=("interval", node.closed_low, node.closed_high, ends.key))


def _setop(node: SetOp) -> Form:
    forms = [form_of(part) for part in node.parts]
    if len(forms) == 1:
        return forms[0]
    if all(isinstance(part, Relation) for part in node.parts) and len({form.name for form in forms} - {""}) > 1:
        return list_form(forms)  # conditions on several unknowns
    parts = [part for part in map(pieces_of, forms) if part is not None]
    if len(parts) == len(forms):
        combined = realsets.combine(node.op, parts)
        if combined is not None:
            return replace(reals_form(combined), name=forms[0].name)
    if node.op == "union" and all(form.kind in ("list", "value") for form in forms):
        return list_form(forms, distinct=True)
    keys = [form.key for form in forms]
    return Form("other", (node.op, tuple(keys) if node.op == "difference" else frozenset(keys)), node)


def pieces_of(form: Form) -> realsets.Pieces | None:
    """A form as a set of reals: intervals, and values as points."""
    if form.pieces is not None:
        return form.pieces
    if form.kind == "value" and form.node is not None:
        return ((form.node, True, form.node, True),)
    if form.kind == "list":
        parts = [part for part in map(pieces_of, form.items) if part is not None and len(part) == 1]
        if len(parts) == len(form.items):
            return tuple(part[0] for part in parts)
    return None


def _named(node: Named) -> Form:
    if node.name == "empty":
        return EMPTY
    if node.name in _NAMED_SETS:
        return reals_form(_NAMED_SETS[node.name])
    return Form("other", ("named", node.name), node)


def _relation(node: Relation) -> Form:
    return relations.relation_form(node, form_of)


_BUILDERS: dict[type, Callable[..., Form]] = {
    Text: _text, Time: _time, Quantity: _quantity, Based: _based, Ratio: _ratio, Tup: _tup, SetOf: _set, ListOf: _list,
    Matrix: _matrix, Interval: _interval, SetOp: _setop, Named: _named, Relation: _relation,
}  # fmt: skip
