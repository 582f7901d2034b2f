"""Forms: the meaning of an answer, with a hashable key. Equal keys mean equal answers."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from gradus.grading import realsets
from gradus.grading.field_map import image
from gradus.grading.image import Image, NoImage
from gradus.grading.rewrite import signed
from gradus.grading.tree import Interval, Mul, Node, Num, SetOf, SetOp, Sym

Kind = Literal[
    "value", "infinite", "text", "tuple", "list", "reals", "matrix", "clock", "time", "equation", "condition", "other"
]


Key = tuple[Hashable, ...]
"""Its first item says of what kind the others are: `("number", 1/2)`, `("tuple", keys)`, ..."""


@dataclass(frozen=True, slots=True)
class Form:
    """One reading of an answer.

    `label` is its unit and `name` the left side of its `=`; both matter only if both answers have one. `names` are
    those of a list of assignments, in the order of `items`. `equation` is the relation that a named value also is (`y =
    2x`). `shape` is that of a matrix, `pieces` the intervals of a set of reals, and `braced` says that a list was
    written in braces.
    """

    kind: Kind
    key: Key
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

    @property
    def number(self) -> Fraction | None:
        """The value of a rational number; None for anything else."""
        value = self.key[1] if self.key[0] == "number" else None
        return value if isinstance(value, Fraction) else None

    @property
    def words(self) -> str | None:
        """The words of a text; None for anything else."""
        return str(self.key[1]) if self.kind == "text" else None


EMPTY = Form("reals", ("reals", ()), pieces=())


def number_form(value: Fraction, node: Num | None = None) -> Form:
    """The form of a rational number; faster than `value_form`."""
    return Form("value", ("number", value), node or Num(value))


def image_of(form: Form) -> Image | None:
    """The image of a value, or None if it has none."""
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
    """Expressions without a value in the field: infinities, plus-minus signs, or numbers that are too large."""
    readings = [signed(node, sign) for sign in (1, -1)]
    if readings[0] != readings[1]:
        return list_form([value_form(reading) for reading in readings])
    infinite = realsets.infinite_sign(node)
    if infinite:
        return Form("infinite", ("infinite", infinite), node)
    if isinstance(node, Mul) and any(isinstance(factor, Interval | SetOf | SetOp) for factor in node.factors):
        return Form("reals", ("tree", node), node)
    return Form("other", ("tree", node), node)


def tuple_form(forms: list[Form]) -> Form:
    return Form("tuple", ("tuple", tuple(form.key for form in forms)), items=tuple(forms))


def list_form(forms: list[Form], names: tuple[str, ...] = (), distinct: bool = False) -> Form:
    """Unordered. With `distinct`, of equal items one is kept. A list of one item is that item."""
    flat: list[Form] = []
    for form in forms:
        flat.extend(form.items if form.kind == "list" else (form,))
    if distinct or (len(flat) > 1 and all(form.kind == "tuple" for form in flat)):
        flat = list({form.key: form for form in flat}.values())
    if len(flat) == 1:
        return flat[0]
    counts = frozenset(Counter(form.key for form in flat).items())
    return Form("list", ("list", counts), items=tuple(flat), names=names if len(names) == len(flat) else ())


def pair_form(low: Node, high: Node) -> Form:
    """A pair, which may also be the open interval."""
    piece = realsets.piece(low, high, False, False)
    return replace(tuple_form([value_form(low), value_form(high)]), pieces=None if piece is None else (piece,))


def reals_form(pieces: realsets.Pieces) -> Form:
    """A set of intervals and points; one finite open interval is a pair, isolated points are a list."""
    points = [low for low, _, high, _ in pieces if low is not None and low == high]
    if pieces and len(points) == len(pieces):
        return list_form([value_form(point) for point in points], distinct=True)
    if len(pieces) == 1:
        low, closed_low, high, closed_high = pieces[0]
        if low is not None and high is not None and not closed_low and not closed_high:
            return pair_form(low, high)
    key = tuple((_end(low), closed_low, _end(high), closed_high) for low, closed_low, high, closed_high in pieces)
    return Form("reals", ("reals", key if realsets.ordered(pieces) else frozenset(key)), pieces=pieces)


def _end(node: Node | None) -> Hashable:
    return None if node is None else value_form(node).key
