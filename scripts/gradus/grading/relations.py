"""Relations by the policy: an assignment is its value, an inequality a set, an equation holds up to a factor."""

import re
from collections.abc import Callable, Hashable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from gradus.grading import realsets
from gradus.grading.angles import NAMES, Linear, Split
from gradus.grading.form import Form, reals_form
from gradus.grading.image import NoImage
from gradus.grading.images import image
from gradus.grading.numeric import enclose
from gradus.grading.rewrite import MINUS_ONE, rebuild
from gradus.grading.tree import (
    Add,
    Call,
    Const,
    Func,
    Interval,
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
    Sym,
    Text,
    Tup,
)

FormOf = Callable[[Node], Form]
"""`forms.form_of`, which this is a part of."""

_INVERSES = frozenset(f"arc{name}" for name in ("sin", "cos", "tan", "cot", "sec", "csc")) | {"ln"}
_HEADS = NAMES | _INVERSES | {"bar", "overline"}
_INDEXED = re.compile(r"(.+?)[_(](.*[0-9].*)", re.DOTALL)
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def relation_form(node: Relation, form_of: FormOf) -> Form:
    sides, ops = node.sides, node.ops
    if "~=" in ops:
        # What follows an "about" only says how large the value is; alone it is the value.
        # An exact value stands before it, as in 1/3 = about 0.33; what stands after it is all there is to a name.
        cut = ops.index("~=")
        if cut or not (name_of(sides[0]) or variables(sides[0])):
            sides, ops = sides[: cut + 1], ops[:cut]
        else:
            sides, ops = sides[:2], ("=",)
        if not ops:
            return form_of(sides[0])
    if ops and set(ops) == {"="}:
        return _equality(sides, form_of)
    if ops == ("in",):
        return replace(form_of(sides[1]), name=name_of(sides[0]))
    if ops == ("!=",):
        return _unequal(sides, node)
    if set(ops) <= {"<", "<="} or set(ops) <= {">", ">="}:
        return _inequality(sides, ops, node, form_of)
    return Form("other", ("tree", node), node)


# Equalities ------------------------------------------------------------------------------------------------------


def _equality(sides: tuple[Node, ...], form_of: FormOf) -> Form:
    first, last = sides[0], sides[-1]
    name = name_of(first)
    if len(sides) > 2:
        return replace(form_of(last), name=name)
    if name:
        value = form_of(last)
        equation = _equation(first, last) if isinstance(first, Sym) else _function(first, last)
        return replace(value, name=name, equation=equation)
    if name_of(last) and not variables(first):
        return replace(form_of(first), name=name_of(last), equation=_equation(first, last))
    if isinstance(last, SetOf | Tup | Interval | SetOp) and not isinstance(first, Sym | Call):
        return form_of(last)  # one set in two spellings
    if not variables(first) and not variables(last):
        return form_of(last)
    return _equation(first, last) or Form("other", ("tree", Relation(sides, ("=",))), Relation(sides, ("=",)))


def _function(first: Node, last: Node) -> Form | None:
    """`f(x) = 2x` is the same function as `f(t) = 2t`: its value with the variables numbered."""
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


def name_of(node: Node) -> str:
    r"""What an assignment assigns to: `x`, `f(x)`, `|AB|`, `AB`, `\frac{NO}{BO}`, `S_1:S_2`, `(p, q)`; else ""."""
    if isinstance(node, Sym):
        return node.name
    if isinstance(node, Text):
        return node.words
    if isinstance(node, Call):
        plain = all(isinstance(arg, Sym) for arg in node.args)
        return f"{node.name}({len(node.args) if plain else node.args})"
    if isinstance(node, Func) and len(node.args) == 1 and node.name in ("abs", *NAMES, *_INVERSES):
        inner = name_of(node.args[0])
        if node.name == "abs":  # |AB| is the length AB; but |x| = 3 says something else than x = 3
            return "" if isinstance(node.args[0], Sym) else inner
        return f"{node.name} {inner}" if inner else ""
    if isinstance(node, Tup | Ratio):
        parts = [name_of(part) for part in (node.items if isinstance(node, Tup) else node.parts)]
        return ",".join(parts) if all(parts) else ""
    if isinstance(node, Mul) and all(_is_point(factor) for factor in node.factors):
        return "".join(
            f"/{name_of(factor.base)}" if isinstance(factor, Pow) else name_of(factor) for factor in node.factors
        )
    return ""


def names_differ(a: str, b: str) -> bool:
    """Whether two names are of different things. Most names are decoration, since an answer is a value: k = 3 is n = 3.

    But sin x is not cos x nor x, f' is not f, a conjugate is not its number, one quotient is not another one, and a_1
    is not a_2, nor f(1) f(2).
    """
    if a == b:
        return False
    if _kind_of_name(a) != _kind_of_name(b) or "/" in a:
        return True
    one, other = _INDEXED.fullmatch(a), _INDEXED.fullmatch(b)
    return bool(one and other and one[1] == other[1] and one[2] != other[2])


def _kind_of_name(name: str) -> tuple[str, int, bool]:
    head, _, rest = name.rpartition(" ")
    return head if head in _HEADS else "", rest.count("'"), "/" in name


def _is_point(node: Node) -> bool:
    """A capital letter of a segment's name, or such a name in a denominator."""
    if isinstance(node, Pow):
        return node.exponent == MINUS_ONE and bool(name_of(node.base)) and _is_point(node.base)
    if isinstance(node, Mul):
        return all(map(_is_point, node.factors))
    return isinstance(node, Sym) and node.name[:1].isupper()


def variables(node: Node) -> bool:
    """Whether anything in an expression is not a constant."""
    if isinstance(node, Num | Const | Named):
        return False
    if isinstance(node, Add):
        return any(map(variables, node.terms))
    if isinstance(node, Mul):
        return any(map(variables, node.factors))
    if isinstance(node, Pow):
        return variables(node.base) or variables(node.exponent)
    if isinstance(node, Func):
        return any(map(variables, node.args))
    if isinstance(node, Quantity):
        return variables(node.value)
    return True


def difference(left: Node, right: Node) -> Node:
    return left if right == Num(Fraction(0)) else Add((left, Mul((MINUS_ONE, right))))


def _equation(left: Node, right: Node) -> Form | None:
    """left - right, whose multiples are the same equation."""
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
    """The set of one unknown; with several unknowns the inequality itself, turned so that it says `<`."""
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
    """`left ? right` as `unknown ? bound`: (name of the unknown, bound, False where the relation turns round)."""
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
    """The set of x that an interval of x, or of |x|, leaves."""
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
