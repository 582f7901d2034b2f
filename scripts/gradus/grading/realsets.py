"""Sets of reals as normalized unions of intervals. An end is an expression, or None if it is infinite."""

from collections.abc import Sequence
from fractions import Fraction

from gradus.grading.field_map import image
from gradus.grading.image import NoImage
from gradus.grading.tree import Const, Mul, Node, Num, SetOperation

Piece = tuple[Node | None, bool, Node | None, bool]
"""(low, whether it is included, high, whether it is included); a point has the same end twice, included."""
Pieces = tuple[Piece, ...]

_OO = Const("oo")


def infinite_sign(node: Node) -> int:
    """1 for an infinite, -1 for a negative infinite expression, else 0."""
    if node == _OO:
        return 1
    if isinstance(node, Mul) and _OO in node.factors:
        sign = 1
        for factor in node.factors:
            if isinstance(factor, Num) and factor.value:
                sign = sign if factor.value > 0 else -sign
            elif factor != _OO:
                return 0
        return sign
    return 0


def piece(low: Node, high: Node, closed_low: bool, closed_high: bool) -> Piece | None:
    """An interval from its ends as written; None if an end is not an expression or the order is wrong."""
    left, right = infinite_sign(low), infinite_sign(high)
    if left > 0 or right < 0:
        return None
    if not all(sign or _is_expression(end) for end, sign in ((low, left), (high, right))):
        return None
    if not left and not right:
        a, b = rational(low), rational(high)
        if a is not None and b is not None and a > b:
            return None
    return None if left else low, closed_low and not left, None if right else high, closed_high and not right


def _is_expression(node: Node) -> bool:
    try:
        image(node)
    except NoImage:
        return False
    return True


def rational(node: Node | None) -> Fraction | None:
    if isinstance(node, Num):
        return node.value
    if node is None:
        return None
    try:
        return image(node).rational
    except NoImage:
        return None


def ordered(pieces: Pieces) -> bool:
    """Whether all ends are known rationals, so that the pieces can be put in order."""
    return all(end is None or rational(end) is not None for low, _, high, _ in pieces for end in (low, high))


def combine(op: SetOperation, parts: Sequence[Pieces]) -> Pieces | None:
    """Union, intersection or difference, merged and sorted; a union with irrational ends is left unmerged."""
    if not all(map(ordered, parts)):
        return tuple(dict.fromkeys(piece for part in parts for piece in part)) if op == "union" else None
    spans = [_spans(part) for part in parts]
    if sum(map(len, spans)) > 300:
        return None
    result = spans[0]
    for other in spans[1:]:
        if op == "union":
            result = result + other
        elif op == "intersection":
            result = _intersection(result, other)
        else:
            result = _intersection(result, _complement(other))
    return tuple(_piece(span) for span in _merged(result))


# A bound is (value, step): step -1 is just below the value, 0 at it, +1 just above. A span contains everything between
# its bounds, both included: [1, 2) is ((1, 0), (2, -1)).
_Bound = tuple[Fraction | float, int]
_Span = tuple[_Bound, _Bound]
_INFINITE = float("inf")


def _spans(pieces: Pieces) -> list[_Span]:
    spans = []
    for low, closed_low, high, closed_high in pieces:
        a, b = rational(low), rational(high)
        left: _Bound = (-_INFINITE, 0) if a is None else (a, 0 if closed_low else 1)
        right: _Bound = (_INFINITE, 0) if b is None else (b, 0 if closed_high else -1)
        spans.append((left, right))
    return _merged(spans)


def _merged(spans: list[_Span]) -> list[_Span]:
    merged: list[_Span] = []
    for low, high in sorted(spans):
        if low > high:
            continue
        if merged and low <= _after(merged[-1][1]):
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _after(bound: _Bound) -> _Bound:
    return bound[0], bound[1] + 1


def _before(bound: _Bound) -> _Bound:
    return bound[0], bound[1] - 1


def _intersection(a: list[_Span], b: list[_Span]) -> list[_Span]:
    return [
        (max(left[0], right[0]), min(left[1], right[1]))
        for left in a
        for right in b
        if max(left[0], right[0]) <= min(left[1], right[1])
    ]


def _complement(spans: list[_Span]) -> list[_Span]:
    rest, low = [], (-_INFINITE, 0)
    for left, right in spans:
        rest.append((low, _before(left)))
        low = _after(right)
    rest.append((low, (_INFINITE, 0)))
    return [(a, b) for a, b in rest if a <= b and a[0] < _INFINITE and b[0] > -_INFINITE]


def _piece(span: _Span) -> Piece:
    (low, step), (high, other_step) = span
    return (
        Num(low) if isinstance(low, Fraction) else None,
        isinstance(low, Fraction) and step == 0,
        Num(high) if isinstance(high, Fraction) else None,
        isinstance(high, Fraction) and other_step == 0,
    )
