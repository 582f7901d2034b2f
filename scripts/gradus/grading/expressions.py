"""Parse tokens into expression trees: recursive descent, one token of look-ahead, bounded in depth and size.

From loose to tight: sums, products (also by juxtaposition, of the same strength as the sign /), signs, powers and
factorials, then atoms (`atoms.py`). What is inside brackets may again
be whole answers (tuples of quantities, sets of relations): the parser of answers (`parser.py`) is a subclass that
supplies `bracketed`.
"""

from gradus.grading.atoms import Atoms
from gradus.grading.reader import NotUnderstood
from gradus.grading.rewrite import negative, quotient
from gradus.grading.tree import Add, Func, Mul, Node, Pow, Quantity

_STARTS = frozenset({"number", "name", "func", "cmd", "(", "[", "{", "\\{", "lfloor", "lceil"})


class Expressions(Atoms):
    """Reads sums, products and powers; each method reads one construct and moves on."""

    # Sums and products -------------------------------------------------------------------------------------------

    def sum(self) -> Node:
        terms: list[Node] = []
        while True:
            sign, pair = self.signs()
            term = self.product()
            if sign < 0:
                term = negative(term)
            terms.append(self.plus_minus(term, pair) if pair else term)
            if self.kind not in ("+", "-", "+-", "-+"):
                return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def signs(self) -> tuple[int, int]:
        """Any number of signs: (the product of + and -, +1 for a ±, -1 for a ∓ or 0)."""
        sign, pair = 1, 0
        while self.kind in ("+", "-", "+-", "-+", "$"):
            kind = self.take().kind
            if kind == "$":
                self.currency = True
                continue
            if kind == "+" and self.kind == "/" and self.tokens[self.at + 1].kind == "-":  # +/-
                self.at += 2
                kind = "+-"
            if kind == "-":
                sign = -sign
            elif kind != "+":
                pair = 1 if kind == "+-" else -1
        return sign, pair

    def product(self) -> Node:
        factors = [self.factor()]
        while True:
            if self.kind == "*":
                self.at += 1
                sign, pair = self.signs()
                if pair:
                    raise NotUnderstood("sign")
                factors.append(self.factor() if sign > 0 else negative(self.factor()))
            elif self.kind == "/":
                self.at += 1
                sign, pair = self.signs()
                if pair:
                    raise NotUnderstood("sign")
                last = self.factor() if sign > 0 else negative(self.factor())
                whole = factors[0] if len(factors) == 1 else Mul(tuple(factors))
                factors = [quotient(whole, last)]
            elif self.juxtaposed():
                factors.append(self.factor())
            else:
                return factors[0] if len(factors) == 1 else Mul(tuple(factors))

    def juxtaposed(self) -> bool:
        """Whether the next token begins another factor of the product, without a sign between."""
        if self.kind == "number":
            before = self.tokens[self.at - 1]
            if before.kind == "number":
                raise NotUnderstood("two numbers side by side")
            return True
        if self.kind == "(" and self.tokens[self.at + 1].text in ("mod", "bmod"):
            return False
        if self.kind == "|":
            return not self.bars and not self.no_bar
        return self.kind in _STARTS and self.tokens[self.at].text != "end"

    # Powers ------------------------------------------------------------------------------------------------------

    def factor(self) -> Node:
        node = self.atom()
        while True:
            if self.kind == "!":
                node = self.factorial(node)
            elif self.kind in ("circ", "degree") or self._degree_sign():
                self.at += {"circ": 1, "degree": 1}.get(self.kind, 0)
                self.degrees = True
                node = Quantity(node, "degree")
            elif self.kind == "^":
                self.at += 1
                node = Pow(node, self.exponent())
            else:
                return node

    def factorial(self, node: Node) -> Node:
        """`n!!` is the double factorial, every second number down; (n!)! is written with brackets."""
        marks = 0
        while self.skip("!"):
            marks += 1
        if marks > 2:
            raise NotUnderstood("factorials")
        return Func("factorial" if marks == 1 else "doublefactorial", (node,))

    def _degree_sign(self) -> bool:
        if self.kind != "^":
            return False
        braced = self.tokens[self.at + 1].kind == "{"
        if self.tokens[self.at + 1 + braced].kind not in ("circ", "degree"):
            return False
        if braced and self.tokens[self.at + 3].kind != "}":
            return False
        self.at += 4 if braced else 2
        return True

    def exponent(self) -> Node:
        self.enter()
        if self.kind == "{":
            node = self.group()
        else:
            sign, pair = self.signs()
            if pair:
                raise NotUnderstood("sign")
            node = self.atom()
            if self.kind == "^":
                self.at += 1
                node = Pow(node, self.exponent())
            node = node if sign > 0 else negative(node)
        self.depth -= 1
        return node
