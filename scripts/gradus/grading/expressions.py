"""Parse tokens into expression trees: recursive descent, one token of look-ahead, bounded in depth and size.

From lowest to highest precedence: sums, products (juxtaposition has the precedence of /), signs, powers and factorials,
then atoms (`atoms.py`). Brackets may contain whole answers (tuples of quantities, sets of relations): the parser of
answers (`parser.py`) is a subclass that supplies `bracketed`.
"""

from fractions import Fraction

from gradus.grading.atoms import Atoms
from gradus.grading.reader import NotUnderstood, literal
from gradus.grading.rewrite import negative, quotient
from gradus.grading.tree import Add, Func, Mul, Node, Num, PlusMinus, Pow, Quantity, Sign

_SCALES = {"C": "celsius", "F": "fahrenheit"}
_STARTS = frozenset({"number", "name", "func", "cmd", "(", "[", "{", "\\{", "lfloor", "lceil"})


class Expressions(Atoms):
    """Parses sums, products and powers; each method consumes one construct."""

    # Sums and products -------------------------------------------------------------------------------------------

    def sum(self) -> Node:
        terms: list[Node] = []
        while True:
            sign, pair = self.signs()
            term = self.product()
            if sign < 0:
                term = negative(term)
            terms.append(PlusMinus(term, pair) if pair else term)
            if self.kind not in ("+", "-", "+-", "-+"):
                return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def signs(self) -> tuple[int, Sign | None]:
        """Any number of signs: (the product of + and -; 1 for a ±, -1 for a ∓, else None)."""
        sign: int = 1
        pair: Sign | None = None
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
        """Whether the next token begins another factor of the product, without an operator between."""
        if self.kind == "number":
            before = self.tokens[self.at - 1]
            if before.kind == "number":
                raise NotUnderstood("two numbers side by side")
            return True
        if self.kind == "(" and self.tokens[self.at + 1].text in ("mod", "bmod"):
            return False
        if self.kind == "|":
            return not self.bars and not self.no_bar
        return self.kind in _STARTS and self.tokens[self.at].text != "end" and not self.at_unit_fraction

    # Powers ------------------------------------------------------------------------------------------------------

    def factor(self) -> Node:
        node = self.atom()
        while True:
            if self.kind == "!":
                node = self.factorial(node)
            elif self.kind in ("circ", "degree") or self._degree_sign():
                self.at += {"circ": 1, "degree": 1}.get(self.kind, 0)
                node = self.after_degrees(node)
            elif self.kind == "^":
                if not self._ordinal():
                    self.at += 1
                    node = Pow(node, self.exponent())
            else:
                return node

    def factorial(self, node: Node) -> Node:
        """`n!!` is the double factorial, n (n - 2) (n - 4)...; (n!)! is written with brackets."""
        marks = 0
        while self.skip("!"):
            marks += 1
        if marks > 2:
            raise NotUnderstood("factorials")
        return Func("factorial" if marks == 1 else "doublefactorial", (node,))

    def after_degrees(self, node: Node) -> Node:
        """Degrees of an angle, with the minutes and seconds that follow, or of temperature."""
        if self.kind in ("name", "word") and self.tokens[self.at].text in _SCALES:
            return Quantity(node, _SCALES[self.take().text])
        if isinstance(node, Num):
            for marks in (1, 2):
                part = self._sixtieth(marks)
                node = node if part is None else Num(node.value + part / 60**marks)
        self.degrees = True
        return Quantity(node, "degree")

    def _sixtieth(self, marks: int) -> Fraction | None:
        """The number before one or two primes."""
        at = self.at
        if self.tokens[at].kind != "number":
            return None
        value = literal(self.tokens[at].text).value
        at += 1 + (raised := self.tokens[at + 1].kind == "^")
        at += (braced := raised and self.tokens[at].kind == "{")
        if any(token.kind != "'" for token in self.tokens[at : at + marks]) or len(self.tokens) < at + marks:
            return None
        at += marks
        if self.tokens[at].kind == "'" or (braced and self.tokens[at].kind != "}"):
            return None
        self.at = at + braced
        return value

    def _ordinal(self) -> bool:
        """Consumes the superscript of an ordinal such as 14th."""
        at = self.at + 1
        braced = self.tokens[at].kind == "{"
        at += braced
        ending = ""
        while self.tokens[at].kind in ("word", "name") and len(ending) < 2:
            ending += self.tokens[at].text.lower()
            at += 1
        if ending not in ("st", "nd", "rd", "th") or (braced and self.tokens[at].kind != "}"):
            return False
        self.at = at + braced
        return True

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
