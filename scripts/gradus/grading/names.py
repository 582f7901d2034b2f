"""Names of values: what an assignment assigns to, and when two names name different things."""

import re

from gradus.grading.angles import NAMES
from gradus.grading.numeric import variables_of
from gradus.grading.rewrite import MINUS_ONE
from gradus.grading.tree import (
    Add,
    Big,
    Call,
    Const,
    Func,
    Mul,
    Named,
    Node,
    Num,
    Pow,
    Quantity,
    Ratio,
    Sym,
    Text,
    Tup,
)

_INVERSES = frozenset(f"arc{name}" for name in ("sin", "cos", "tan", "cot", "sec", "csc")) | {"ln"}
_HEADS = NAMES | _INVERSES | {"bar", "overline"}
_COORDINATES = frozenset("xyz")
_SETS = frozenset("ABCGMNPSTUV")  # |S| = 5 is the size of a set; |x| = 5 has two solutions
_INDEXED = re.compile(r"(.+?)[_(](.*[0-9].*)", re.DOTALL)


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
        if node.name == "abs":  # |AB| is the length AB; but |x| = 3 is not x = 3
            point = isinstance(node.args[0], Sym)
            return (f"|{inner}|" if inner in _SETS else "") if point else inner
        if inner:
            return f"{node.name} {inner}"
        return f"{node.name} of a number" if node.name != "ln" and not variables(node.args[0]) else ""
    if isinstance(node, Func) and node.name == "mod" and variables(node):
        return "remainder"
    if isinstance(node, Tup | Ratio):
        parts = [name_of(part) for part in (node.items if isinstance(node, Tup) else node.parts)]
        return ",".join(parts) if all(parts) else ""
    if isinstance(node, Mul) and all(_is_point(factor) for factor in node.factors):
        return "".join(
            f"/{name_of(factor.base)}" if isinstance(factor, Pow) else name_of(factor) for factor in node.factors
        )
    return ""


def name_of_sum(node: Node) -> str:
    """`m+n` for m + n = 109, which gives its value; "" for x + y = 1, which may be a line."""
    if not isinstance(node, Add):
        return ""
    letters = sorted(term.name for term in node.terms if isinstance(term, Sym) and len(term.name) == 1)
    if len(letters) < len(node.terms) or _COORDINATES & set(letters) or len(set(letters)) < len(letters):
        return ""
    return "+".join(letters)


def names_differ(a: str, b: str) -> bool:
    """Whether two names name different things. Most names do not matter, since an answer is a value: k = 3 is n = 3.

    But sin x is neither cos x nor x, f' is not f, a conjugate is not its number, quotients differ from each other, and
    so do a_1 and a_2, or f(1) and f(2).
    """
    if a == b:
        return False
    if {a[:3], b[:3]} == {"max", "min"}:
        return True
    if _kind_of_name(a) != _kind_of_name(b) or "/" in a or "+" in a:
        return True
    one, other = _INDEXED.fullmatch(a), _INDEXED.fullmatch(b)
    return bool(one and other and one[1] == other[1] and one[2] != other[2])


def _kind_of_name(name: str) -> tuple[str, int, bool]:
    head, _, rest = name.partition(" ") if name.endswith(" of a number") else name.rpartition(" ")
    return head if head in _HEADS else "", rest.count("'"), "/" in name or "+" in name


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
    if isinstance(node, Big):
        unbound = variables_of(node.body) - {node.variable}
        return bool(unbound) or variables(node.lower) or variables(node.upper)
    return True
