r"""Letters that an answer declares: `x = k\pi, k \in \mathbb{Z}`, `f(x) = cx for any real constant c`.

The name of a declared letter does not matter; its range does if both answers state one.
"""

import re

from gradus.grading.form import Form
from gradus.grading.interpret import form_of
from gradus.grading.numeric import variables_of
from gradus.grading.remarks import qualifier, unwrapped
from gradus.grading.rewrite import rebuild
from gradus.grading.spelling import prepare
from gradus.grading.tree import Call, Const, ListOf, Mul, Node, Relation, SetOf, Sym

_MENTIONS = re.compile(r"\\(?:in|geq?|geqslant)(?![A-Za-z])|>=|∈|≥|\b(?:for|where|with)\b")
_LETTER = re.compile(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])")
_SET = re.compile(r"\\math\w*\s*\{?\s*([A-Z])\s*\}?|(?<=\\in )\s*([A-Z])\b")
_FIRST_INDEX = re.compile(r"(?:\\geq?(?:slant)?|>=)\s*([01])")
_RANGES = {
    "integer": "Z", "integers": "Z", "natural": "N", "real": "R", "reals": "R", "rational": "Q", "complex": "C",
    "positive": "+", "negative": "-", "nonnegative": "0+", "nonzero": "!0",
}  # fmt: skip
_COUNTING = frozenset("klmn")


def declares(text: str) -> bool:
    """Whether an answer may declare a letter: a cheap test."""
    return _MENTIONS.search(text) is not None


def ranges_differ(a: str, b: str) -> bool:
    """Whether both answers state the ranges of their letters, and these differ."""
    one, other = (_ranges(qualifier(prepare(text))) for text in (a, b))
    return bool(one and other and one != other)


def _ranges(declared: str) -> frozenset[str]:
    found = {letter or bare for letter, bare in _SET.findall(declared)}
    found |= set(_FIRST_INDEX.findall(declared))
    found |= {_RANGES[word] for word in re.findall("[a-z]+", unwrapped(declared).lower()) if word in _RANGES}
    return frozenset({"N"} if found == {"Z", "+"} else found)


def renamed(a: str, a_tree: Node, b: str, b_tree: Node) -> Form | None:
    """The first answer with its one parameter named as in the second; None if they differ in more than a name.

    The second one has to declare its letter too, or to show that it is a parameter: an integer times pi, or a constant
    of a function.
    """
    declared, other = (frozenset(_LETTER.findall(qualifier(prepare(text)))) for text in (a, b))
    if not declared:
        return None
    ours, theirs = _variables(a_tree), _variables(b_tree)
    mine, its = ours - theirs, theirs - ours
    if (
        len(mine) != 1
        or len(its) != 1
        or not mine <= declared
        or (mine | its) & (_arguments(a_tree) | _arguments(b_tree))
    ):
        return None
    (name,), (target,) = mine, its
    if target not in other and not _is_parameter(target, b_tree):
        return None
    return form_of(_with_name(a_tree, name, target))


def _variables(node: Node) -> set[str]:
    return set().union(*map(variables_of, _values(node)))


def _values(node: Node) -> tuple[Node, ...]:
    """The values that an answer assigns, or the answer itself."""
    if isinstance(node, ListOf | SetOf):
        return tuple(value for item in node.items for value in _values(item))
    return _values(node.sides[-1]) if isinstance(node, Relation) else (node,)


def _arguments(tree: Node) -> set[str]:
    """The arguments of the function that an answer defines."""
    first = tree.sides[0] if isinstance(tree, Relation) else tree
    return set().union(*map(variables_of, first.args)) if isinstance(first, Call) else set()


def _is_parameter(name: str, tree: Node) -> bool:
    if isinstance(tree, Relation) and isinstance(tree.sides[0], Call):
        return True
    return name in _COUNTING and all(_beside_pi(Sym(name), value) for value in _values(tree))


def _beside_pi(letter: Sym, node: Node) -> bool:
    if isinstance(node, Mul):
        return letter in node.factors and Const("pi") in node.factors
    found = False

    def visit(part: Node) -> Node:
        nonlocal found
        found = found or _beside_pi(letter, part)
        return part

    rebuild(node, visit)
    return found


def _with_name(node: Node, name: str, target: str) -> Node:
    if isinstance(node, Relation):
        return Relation((*node.sides[:-1], _with_name(node.sides[-1], name, target)), node.ops)
    if isinstance(node, ListOf | SetOf):
        return type(node)(tuple(_with_name(item, name, target) for item in node.items))
    if node == Sym(name):
        return Sym(target)
    return rebuild(node, lambda part: _with_name(part, name, target))
