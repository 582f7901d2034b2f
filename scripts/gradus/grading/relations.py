"""Relations by the policy: an assignment is its value, an inequality a set; equations are equal up to a factor."""

from collections.abc import Callable, Hashable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from gradus.grading import realsets
from gradus.grading.angles import Linear, Split
from gradus.grading.field import ZERO, P, inverse, multiply
from gradus.grading.field_map import image
from gradus.grading.form import Form, reals_form
from gradus.grading.image import NoImage
from gradus.grading.names import name_of, name_of_sum, variables
from gradus.grading.numeric import enclose
from gradus.grading.rewrite import MINUS_ONE, rebuild
from gradus.grading.tree import (
    Add,
    Call,
    Func,
    Interval,
    Mul,
    Node,
    Num,
    Relation,
    SetOf,
    SetOp,
    Sym,
    Text,
    Tup,
)

FormOf = Callable[[Node], Form]
"""`interpret.form_of`, whose recursion this is part of."""

_SMALL = 2**32
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def relation_form(node: Relation, form_of: FormOf) -> Form:
    sides, ops = node.sides, node.ops
    if "~=" in ops:
        # After an exact value, as in 1/3 ~ 0.33, an approximation adds nothing; after a name it is the value.
        cut = ops.index("~=")
        if is_decimal_of(sides[cut], sides[cut + 1]):  # 7.07 ~ 5 sqrt 2
            sides, ops = (*sides[:cut], sides[cut + 1]), ops[:cut]
        elif cut or not (name_of(sides[0]) or variables(sides[0])):
            sides, ops = sides[: cut + 1], ops[:cut]
        else:
            sides, ops = sides[:2], ("=",)
        if not ops:
            return form_of(sides[0])
    if ops and set(ops) == {"="}:
        return _equality(sides, form_of)
    if ops == ("in",):
        name = name_of(sides[0])
        return replace(form_of(sides[1]), name=name) if name else Form("other", ("tree", node), node)
    if ops == ("!=",):
        return _unequal(sides, node)
    if set(ops) <= {"<", "<="} or set(ops) <= {">", ">="}:
        return _inequality(sides, ops, node, form_of)
    return Form("other", ("tree", node), node)


def is_decimal_of(shown: Node, exact: Node) -> bool:
    """Whether the value before an "about" is a decimal and the value after it is exact."""
    return (
        isinstance(shown, Num)
        and shown.decimals is not None
        and not isinstance(exact, Num | Text)
        and not variables(exact)
    )


# Equalities ------------------------------------------------------------------------------------------------------


def _equality(sides: tuple[Node, ...], form_of: FormOf) -> Form:
    first, last = sides[0], sides[-1]
    name = name_of(first)
    if len(sides) > 2:
        return replace(form_of(last), name=name)
    name = name or (name_of_sum(first) if not variables(last) else "")
    if name:
        value = form_of(last)
        equation = _equation(first, last) if isinstance(first, Sym | Add) else _function(first, last)
        return replace(value, name=name, equation=equation)
    if name_of(last) and not variables(first):
        return replace(form_of(first), name=name_of(last), equation=_equation(first, last))
    if isinstance(last, SetOf | Tup | Interval | SetOp) and not isinstance(first, Sym | Call):
        return form_of(last)  # the same set written twice
    if not variables(first) and not variables(last):
        return form_of(last)
    equation = _equation(first, last)
    if equation is not None and equation.image is not None and equation.image.at == ZERO:
        return form_of(last)  # an identity such as (2a)^3 = 8a^3 states its right side
    return equation or Form("other", ("tree", Relation(sides, ("=",))), Relation(sides, ("=",)))


def _function(first: Node, last: Node) -> Form | None:
    """`f(x) = 2x` is the same function as `f(t) = 2t`: the value with its variables numbered."""
    if not isinstance(first, Call) or not all(isinstance(arg, Sym) for arg in first.args):
        return None
    numbered = {arg: Sym(f"variable {place}") for place, arg in enumerate(first.args)}
    try:
        found = image(_renamed(last, numbered))
    except NoImage:
        return None
    return Form("equation", ("function", found.at, found.guarded), None, found)


def _renamed(node: Node, names: dict[Node, Sym]) -> Node:
    return names[node] if node in names else rebuild(node, lambda part: _renamed(part, names))


def difference(left: Node, right: Node) -> Node:
    return left if right == Num(Fraction(0)) else Add((left, Mul((MINUS_ONE, right))))


def _equation(left: Node, right: Node) -> Form | None:
    """left - right = 0, in which multiples of the left side are the same equation."""
    node = difference(left, right)
    try:
        found = image(node)
    except NoImage:
        return None
    linear = _split(node)
    key: Hashable = ("equation", found.at)
    if linear:
        lead = max(linear, key=repr)
        key = ("equation", frozenset((monomial, c / linear[lead]) for monomial, c in linear.items()))
    return Form("equation", key, node, found)


def _split(node: Node) -> Linear | None:
    split = Split(image)
    try:
        linear = split.of(node)
    except (NoImage, ValueError, ZeroDivisionError):
        return None
    return linear if split.exact else None


def is_polynomial(node: Node) -> int:
    """The degree of a polynomial with rational coefficients, 0 for anything else."""
    linear = _split(node)
    if not linear:
        return 0
    if any(n < 0 or atom[0] != "s" for monomial in linear for atom, n in monomial):
        return 0
    return max(sum(n for _, n in monomial) for monomial in linear)


# Inequalities ----------------------------------------------------------------------------------------------------


def _unequal(sides: tuple[Node, ...], node: Relation) -> Form:
    solved = _solved(sides[0], sides[1])
    if solved is not None:
        name, bound, _ = solved
        return replace(reals_form(((None, False, bound, False), (bound, False, None, False))), name=name)
    equation = _equation(*sides)
    return Form("condition", ("!=", equation.key if equation else node), node)


def _inequality(sides: tuple[Node, ...], ops: tuple[str, ...], node: Relation, form_of: FormOf) -> Form:
    """The set of one unknown's values; with several unknowns the inequality itself, written with `<`."""
    if ops[0][0] == ">":
        sides, ops = sides[::-1], tuple(_FLIPPED[op] for op in ops[::-1])
    closed = [op == "<=" for op in ops]
    if len(sides) == 2:
        solved = _solved(*sides)
        if solved is not None:
            name, bound, positive = solved
            piece = (None, False, bound, closed[0]) if positive else (bound, closed[0], None, False)
            return _of_unknown(sides[0] if variables(sides[0]) else sides[1], piece, name)
    elif len(sides) == 3 and variables(sides[1]) and not variables(sides[0]) and not variables(sides[2]):
        lower, upper = _solved(sides[1], sides[0]), _solved(sides[1], sides[2])
        if lower is not None and upper is not None:
            ends = [(lower[1], closed[0]), (upper[1], closed[1])]
            (low, closed_low), (high, closed_high) = ends if lower[2] else ends[::-1]
            return _of_unknown(sides[1], (low, closed_low, high, closed_high), lower[0])
    keys = []
    for left, right in pairwise(sides):
        split = _split(difference(left, right))
        if split:
            size = abs(split[max(split, key=repr)])
            keys.append(frozenset((monomial, c / size) for monomial, c in split.items()))
        else:
            keys.append((form_of(left).key, form_of(right).key))
    return Form("condition", ("<", ops, tuple(keys)), node)


def _solved(left: Node, right: Node) -> tuple[str, Node, bool] | None:
    """`left ? right` as `unknown ? bound`: (name of the unknown, bound, False if the relation is reversed)."""
    for unknown, bound, same in ((left, right, True), (right, left, False)):
        plain = isinstance(unknown, Sym | Call) or (
            isinstance(unknown, Func) and unknown.name == "abs" and isinstance(unknown.args[0], Sym)
        )
        if plain and not variables(bound):
            return name_of(unknown) or repr(unknown), bound, same
    linear = _split(difference(left, right))
    if not linear or any(len(monomial) > 1 or (monomial and monomial[0][1] != 1) for monomial in linear):
        return None
    unknowns = [monomial for monomial in linear if monomial and monomial[0][0][0] == "s"]
    if len(unknowns) != 1 or len(linear) > 2 or (len(linear) == 2 and () not in linear):
        return None
    coefficient = linear[unknowns[0]]
    bound = Num(-linear.get((), Fraction(0)) / coefficient)
    return str(unknowns[0][0][0][1]), bound, coefficient > 0


def _of_unknown(unknown: Node, piece: realsets.Piece, name: str) -> Form:
    """The set of x, given the interval of x or of |x|."""
    low, closed_low, high, closed_high = piece
    if low is not None and realsets.infinite_sign(low) < 0:
        low, closed_low = None, False
    if high is not None and realsets.infinite_sign(high) > 0:
        high, closed_high = None, False
    if isinstance(unknown, Func) and unknown.name == "abs" and isinstance(unknown.args[0], Sym):
        bounds = None if low is None else enclose(low)
        if low is not None and bounds is None:
            return Form("condition", ("abs", unknown, low, closed_low, high, closed_high), unknown)
        if bounds is None or bounds[1] < 0:
            low, closed_low = Num(Fraction(0)), True
        mirrored = (_negated(high), closed_high, _negated(low), closed_low)
        combined = realsets.combine("union", [(mirrored,), ((low, closed_low, high, closed_high),)])
        if combined is None or not realsets.ordered(combined):
            whole = low == Num(Fraction(0)) and closed_low
            through = (_negated(high), closed_high, high, closed_high)
            combined = (through,) if whole else (mirrored, (low, closed_low, high, closed_high))
        return replace(reals_form(combined), name=unknown.args[0].name)
    return replace(reals_form(((low, closed_low, high, closed_high),)), name=name)


def _negated(end: Node | None) -> Node | None:
    if end is None:
        return None
    return Num(-end.value) if isinstance(end, Num) else Mul((MINUS_ONE, end))


def proportional(left: Form, right: Form) -> bool:
    """Whether the ratio of two images is a rational number with few digits (rational reconstruction, Wang 1981)."""
    if left.image is None or right.image is None:
        return False
    try:
        ratio, imaginary = multiply(left.image.at, inverse(right.image.at))
    except ValueError:
        return False
    if imaginary:
        return False
    previous, last, s, t = P, ratio, 0, 1
    while last >= _SMALL:
        quotient = previous // last
        previous, last, s, t = last, previous - quotient * last, t, s - quotient * t
    return abs(t) < _SMALL and last != 0
