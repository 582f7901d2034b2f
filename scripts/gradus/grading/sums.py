r"""Sums and products with bounds: added up if the bounds are numbers, compared at many values if they are letters.

A formula for \sum_{k=0}^n holds for all whole n. Two sides that have equal images for each n from 1 to 30, and contain
only what the field represents exactly, count as equal; a single n at which they differ proves that they are not.
"""

import threading
from collections.abc import Callable
from fractions import Fraction

from gradus.grading.image import Image, NoImage, product_of, sum_of
from gradus.grading.rewrite import rebuild
from gradus.grading.tree import Add, Big, Call, Func, Mul, Node, Num, PlusMinus, Pow, Sym

ToImage = Callable[[Node], Image]
"""`field_map.image`, or its recursive part."""

WORK = 40_000
"""The most nodes that are visited for the sums of one image, or for all images of one comparison at whole numbers."""

_TRIED = range(1, 31)


class _Budget(threading.local):
    """The work that is left in this thread."""

    left = WORK
    shared = False

    def renew(self) -> None:
        """Start over for another image, unless several images share one budget."""
        self.left = self.left if self.shared else WORK

    def spend(self, work: int) -> None:
        self.left -= work
        if self.left < 0:
            raise NoImage("terms")


_budget = _Budget()
renew_budget = _budget.renew


def parts_of(node: Node) -> tuple[Node, ...]:
    """The direct subexpressions of an expression."""
    if isinstance(node, Add):
        return node.terms
    if isinstance(node, Mul):
        return node.factors
    if isinstance(node, Pow):
        return node.base, node.exponent
    if isinstance(node, Func | Call):
        return node.args
    if isinstance(node, Big):
        return node.body, node.lower, node.upper
    return (node.term,) if isinstance(node, PlusMinus) else ()


def _size_of(node: Node) -> int:
    return 1 + sum(map(_size_of, parts_of(node)))


def substitute(node: Node, name: str, value: Fraction) -> Node:
    """The expression with a variable replaced by a number."""
    if isinstance(node, Sym):
        return Num(value) if node.name == name else node
    if isinstance(node, Big):
        body = node.body if node.variable == name else substitute(node.body, name, value)
        return Big(
            node.kind, body, node.variable, substitute(node.lower, name, value), substitute(node.upper, name, value)
        )
    return rebuild(node, lambda part: substitute(part, name, value))


def summed_image(node: Big, lower: Fraction | None, upper: Fraction | None, image: ToImage) -> Image | None:
    """The image of a sum or product between whole numbers; None if its bounds are not whole numbers.

    Raises NoImage if it has more terms than the budget allows, or if `upper` is below `lower` - 1.
    """
    if lower is None or upper is None or lower.denominator != 1 or upper.denominator != 1:
        return None
    count = int(upper - lower) + 1
    if count < 0:
        raise NoImage("bounds")
    _budget.spend(count * _size_of(node.body))
    terms = [image(substitute(node.body, node.variable, Fraction(k))) for k in range(int(lower), int(upper) + 1)]
    return sum_of(terms) if node.kind == "sum" else product_of(terms)


def _names_in_bounds(node: Node) -> set[str]:
    if isinstance(node, Big):
        return _names_in(node.lower) | _names_in(node.upper) | _names_in_bounds(node.body)
    return set().union(*map(_names_in_bounds, parts_of(node)))


def _names_in(node: Node) -> set[str]:
    return {node.name} if isinstance(node, Sym) else set().union(*map(_names_in, parts_of(node)))


def same_sums(a: Node, b: Node, image: ToImage) -> bool | None:
    """Whether two expressions with sums are equal for all whole numbers as bounds; None if undecided."""
    names = _names_in_bounds(a) | _names_in_bounds(b)
    if len(names) != 1:
        return None
    _budget.renew()
    _budget.shared = True
    try:
        return _same_at_all(a, b, names.pop(), image)
    except NoImage:
        return None
    finally:
        _budget.shared = False


def _same_at_all(a: Node, b: Node, name: str, image: ToImage) -> bool | None:
    for n in _TRIED:
        left, right = (image(substitute(node, name, Fraction(n))) for node in (a, b))
        if not (left.exact and right.exact) or left.guarded or right.guarded:
            return None
        if left.at != right.at:
            return False
    return True
