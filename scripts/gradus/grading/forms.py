"""What an answer states, by the policy: its tree read as a value, words, a tuple, a list, a set of reals or an equation.

Every form has a hashable key; equal keys mean equal answers. See POLICY.md for the reasons.
"""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from gradus.grading import realsets
from gradus.grading.image import Image, NoImage
from gradus.grading.images import image
from gradus.grading.tree import (
    Add,
    Based,
    Const,
    Func,
    Interval,
    ListOf,
    Matrix,
    Mul,
    Named,
    Node,
    Num,
    PlusMinus,
    Pow,
    Quantity,
    Ratio,
    SetOf,
    SetOp,
    Sym,
    Text,
    Tup,
)

Kind = Literal["value", "infinite", "text", "tuple", "list", "reals", "matrix", "clock", "equation", "condition", "other"]


@dataclass(frozen=True, slots=True)
class Form:
    """One reading of an answer.

    `label`: the unit that stood behind it, `name`: what stood before `=`; both play a part only where both answers
    have one. `names`: those of a list of assignments, where their order tells which is which. `equation`: the relation
    that a named value also is (`y = 2x`). `ordered` is for lists only: the forms in the order in which they stood.
    """

    kind: Kind
    key: Hashable
    node: Node | None = None
    image: Image | None = None
    items: tuple["Form", ...] = ()
    label: str = ""
    name: str = ""
    names: tuple[str, ...] = ()
    equation: "Form | None" = field(default=None, compare=False)
    shape: tuple[int, ...] = ()
    pieces: realsets.Pieces | None = None
    braced: bool = False


EMPTY = Form("reals", ("reals", ()), pieces=())
_NUMBER_WORDS = {
    word: Num(Fraction(n))
    for n, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
        + ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"]
    )
}
_NOTHING = frozenset(
    ["no solution", "no solutions", "no real solution", "no real solutions", "empty set", "none", "empty", "no answer"]
)
_NAMED_SETS = {"R": ((None, False, None, False),)}


def form_of(node: Node) -> Form:
    """The form of a tree."""
    builder = _BUILDERS.get(type(node))
    return value_form(node) if builder is None else builder(node)


def number_form(value: Fraction, node: Num | None = None) -> Form:
    """The form of a rational number, without the detour of the general way."""
    return Form("value", ("number", value), node or Num(value))


def image_of(form: Form) -> Image | None:
    """The image of a value; None where it has none."""
    if form.image is None and form.node is not None and form.kind == "value":
        try:
            return image(form.node)
        except NoImage:
            return None
    return form.image


def value_form(node: Node) -> Form:
    if isinstance(node, Num):
        return number_form(node.value, node)
    try:
        found = image(node)
    except NoImage:
        return _no_value(node)
    if found.rational is not None:
        return Form("value", ("number", found.rational), node, found)
    if isinstance(node, Sym) and len(node.name) == 1:
        return Form("value", ("letter", node.name), node, found)
    return Form("value", ("image", found.at, found.guarded), node, found)


def _no_value(node: Node) -> Form:
    """Expressions without a value in the field: infinities, both signs at once, or what is too large."""
    readings = [_signed(node, sign) for sign in (1, -1)]
    if readings[0] != readings[1]:
        return list_form([form_of(reading) for reading in readings])
    infinite = realsets.infinite_sign(node)
    if infinite:
        return Form("infinite", ("infinite", infinite), node)
    if isinstance(node, Mul) and any(isinstance(factor, Interval | SetOf | SetOp) for factor in node.factors):
        return Form("reals", ("tree", node), node)
    return Form("other", ("tree", node), node)


def _signed(node: Node, sign: int) -> Node:
    """The reading of an expression with all ± as + (sign 1) or as - (sign -1)."""
    if isinstance(node, PlusMinus):
        inner = _signed(node.term, sign)
        return inner if sign * node.first > 0 else Mul((Num(Fraction(-1)), inner))
    if isinstance(node, Add):
        return Add(tuple(_signed(term, sign) for term in node.terms))
    if isinstance(node, Mul):
        return Mul(tuple(_signed(factor, sign) for factor in node.factors))
    if isinstance(node, Pow):
        return Pow(_signed(node.base, sign), _signed(node.exponent, sign))
    if isinstance(node, Func):
        return Func(node.name, tuple(_signed(arg, sign) for arg in node.args))
    return node


# Words, units, ratios --------------------------------------------------------------------------------------------


def _text(node: Text) -> Form:
    if node.words in _NUMBER_WORDS:
        return value_form(_NUMBER_WORDS[node.words])
    if node.words in _NOTHING:
        return EMPTY
    return Form("text", ("text", node.words), node)


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
    values = [form.key[1] for form in forms if form.key[0] == "number"]
    if len(values) == len(forms) > 2 and values[0]:
        key = ("clock", tuple(value / values[0] for value in values))
    return Form("clock", key, node, items=tuple(forms))


def _like_a_clock(node: Ratio) -> bool:
    """`7:32` may be half past seven, and 7:32 is then no fraction."""
    hours, minutes = (node.digits[:2] if len(node.digits) >= 2 else ("", ""))
    if not (hours.isdigit() and minutes.isdigit()):
        return False
    return int(hours) <= 24 and len(minutes) == 2 and int(minutes) < 60


# Several values --------------------------------------------------------------------------------------------------


def tuple_form(forms: list[Form]) -> Form:
    return Form("tuple", ("tuple", tuple(form.key for form in forms)), items=tuple(forms))


def list_form(forms: list[Form], names: tuple[str, ...] = (), distinct: bool = False) -> Form:
    """Unordered; of equal items a set keeps one. One item alone is itself."""
    flat: list[Form] = []
    for form in forms:
        flat.extend(form.items if form.kind == "list" else (form,))
    if distinct or (len(flat) > 1 and all(form.kind == "tuple" for form in flat)):
        flat = list({form.key: form for form in flat}.values())
    if len(flat) == 1:
        return flat[0]
    counts = frozenset(Counter(form.key for form in flat).items())
    return Form("list", ("list", counts), items=tuple(flat), names=names if len(names) == len(flat) else ())


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
    return list_form(plain)


def _matrix(node: Matrix) -> Form:
    """A column is a tuple: both are how a vector is written."""
    rows = [[form_of(entry) for entry in row] for row in node.rows]
    if len(rows[0]) == 1 and len(rows) > 1:
        return tuple_form([row[0] for row in rows])
    flat = [form for row in rows for form in row]
    shape = (len(rows), len(rows[0]))
    return Form("matrix", ("matrix", shape, tuple(form.key for form in flat)), items=tuple(flat), shape=shape)


# Sets of reals ---------------------------------------------------------------------------------------------------


def reals_form(pieces: realsets.Pieces) -> Form:
    """Of intervals and points; one finite open interval is a pair, isolated points are a list."""
    if pieces and all(low is not None and low == high for low, _, high, _ in pieces):
        return list_form([value_form(low) for low, _, _, _ in pieces], distinct=True)  # type: ignore[arg-type]
    if len(pieces) == 1:
        low, closed_low, high, closed_high = pieces[0]
        if low is not None and high is not None and not closed_low and not closed_high:
            return _tup(Tup((low, high)))
    key = tuple((_end(low), closed_low, _end(high), closed_high) for low, closed_low, high, closed_high in pieces)
    return Form("reals", ("reals", key if realsets.ordered(pieces) else frozenset(key)), pieces=pieces)


def _end(node: Node | None) -> Hashable:
    return None if node is None else value_form(node).key


def _interval(node: Interval) -> Form:
    piece = realsets.piece(node.low, node.high, node.closed_low, node.closed_high)
    if piece is not None:
        return reals_form((piece,))
    ends = tuple_form([form_of(node.low), form_of(node.high)])
    return replace(ends, key=("interval", node.closed_low, node.closed_high, ends.key))


def _setop(node: SetOp) -> Form:
    forms = [form_of(part) for part in node.parts]
    parts = [pieces_of(form) for form in forms]
    if all(part is not None for part in parts):
        combined = realsets.combine(node.op, parts)  # type: ignore[arg-type]
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
        parts = [pieces_of(item) for item in form.items]
        if all(part is not None and len(part) == 1 for part in parts):
            return tuple(part[0] for part in parts)  # type: ignore[index]
    return None


def _named(node: Named) -> Form:
    if node.name == "empty":
        return EMPTY
    if node.name in _NAMED_SETS:
        return reals_form(_NAMED_SETS[node.name])
    return Form("other", ("named", node.name), node)


def _const(node: Const) -> Form:
    return value_form(node)


def _relation(node: Node) -> Form:
    from gradus.grading import relations  # it builds forms of the sides

    return relations.relation_form(node)  # type: ignore[arg-type]


from gradus.grading.tree import Relation  # noqa: E402

_BUILDERS = {
    Text: _text, Quantity: _quantity, Based: _based, Ratio: _ratio, Tup: _tup, SetOf: _set, ListOf: _list, Matrix: _matrix,
    Interval: _interval, SetOp: _setop, Named: _named, Const: _const, Relation: _relation,
}  # fmt: skip
