r"""Notations of combinations and permutations that are not LaTeX commands: `C_n^k`, `{}_nC_k`, `A_n^k`, `C(10,3)`."""

from fractions import Fraction

from gradus.grading.reader import NotUnderstood, Reader
from gradus.grading.rewrite import negative, quotient
from gradus.grading.tree import Add, Func, Mul, Node, Num, Sym

LETTERS = frozenset("CAP")
_COUNTS = frozenset("nmNkr")


def selections(letter: str, n: Node, k: Node) -> Node:
    """The number of ways to choose k of n: unordered for C, ordered for A and P."""
    if letter == "C":
        return Func("binom", (n, k))
    return quotient(Func("factorial", (n,)), Func("factorial", (Add((n, negative(k))),)))


def are_counts(n: Node, k: Node) -> bool:
    """Whether two indices can be those of a combination: whole numbers, the larger one first, or letters for them.

    So `C_1^2` is the square of a constant, and `A_x^2` that of a coordinate.
    """
    if isinstance(n, Num) and isinstance(k, Num):
        return n.value.denominator == k.value.denominator == 1 and n.value >= k.value >= 0
    return _is_count(n) and _is_count(k) and not isinstance(n, Num)


def _is_count(node: Node) -> bool:
    if isinstance(node, Num):
        return node.value.denominator == 1 and node.value >= Fraction(-9)
    if isinstance(node, Sym):
        return node.name in _COUNTS
    parts = node.terms if isinstance(node, Add) else node.factors if isinstance(node, Mul) else ()
    return bool(parts) and all(map(_is_count, parts))


class Selections(Reader):
    """Parses combinations and permutations."""

    def prefixed(self, kind: str) -> Node:
        """`{}_{10}C_3` and `^{10}C_3`, after the first sign."""
        n = self.exponent() if kind == "^" else self.argument(whole_number=True)
        letter = self.take()
        if letter.kind not in ("name", "word") or letter.text not in LETTERS or not self.skip("_"):
            raise NotUnderstood("prefix")
        return selections(letter.text, n, self.argument(whole_number=True))

    def selected(self, letter: str) -> Node | None:
        """`C_n^k` or `C^n_k` if both indices can be those of a combination; else None, and nothing is consumed."""
        start = self.at
        first_is_low = self.take().kind == "_"
        first = self.argument(whole_number=True) if first_is_low else self.exponent()
        if self.skip("^" if first_is_low else "_"):
            second = self.exponent() if first_is_low else self.argument(whole_number=True)
            if are_counts(first, second):
                return selections(letter, first, second)
        self.at = start
        return None

    def at_zero(self, end: int) -> bool:
        """`I(0)` is the value of I at 0: nobody writes a product with 0."""
        return end == self.at + 2 and self.tokens[end - 1].text == "0"

    def two_counts(self, end: int) -> bool:
        """`(10, 3)` and `(n, k)` up to `end`."""
        inside = self.tokens[self.at + 1 : end]
        return len(inside) == 3 and all(token.kind == "number" or token.text in "nmk" for token in inside[::2])
