"""Read the tokens of an answer within bounds of depth and size."""

from fractions import Fraction

from gradus.grading.tokens import Token
from gradus.grading.tree import Node, Num, Sign

MAX_DEPTH = 30
MAX_NODES = 1200
_END = Token("end", "")


class NotUnderstood(Exception):
    """The grader does not know this notation, or the answer is larger than its bounds."""


class Reader:
    """The tokens and the position in them. Methods that subclasses call of each other are declared here."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = [*tokens, _END]
        self.at = 0
        self.depth = 0
        self.nodes = 0
        self.bars = 0
        self.no_bar = False
        self.degrees = self.currency = False

    @property
    def kind(self) -> str:
        return self.tokens[self.at].kind

    @property
    def at_unit_fraction(self) -> bool:
        r"""Whether `\frac{\text{miles}}{\text{hour}}` follows."""
        token, after = self.tokens[self.at], self.tokens[self.at + 1 : self.at + 3]
        return token.kind == "cmd" and token.text.endswith("frac") and [t.kind for t in after] == ["{", "word"]

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += token is not _END
        return token

    def skip(self, *kinds: str) -> bool:
        if self.kind in kinds:
            self.at += 1
            return True
        return False

    def expect(self, kind: str) -> None:
        if not self.skip(kind):
            raise NotUnderstood(kind)

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotUnderstood("depth")

    def raw_argument(self) -> list[Token]:
        """The tokens of a subscript: one token, or those in its braces."""
        token = self.take()
        if token.kind == "number":
            return [token]
        if token.kind != "{":
            if token.kind not in ("name", "word", "func"):
                raise NotUnderstood("subscript")
            return [token]
        taken, open_braces = [], 1
        while True:
            token = self.take()
            open_braces += (token.kind == "{") - (token.kind == "}")
            if token is _END:
                raise NotUnderstood("subscript")
            if not open_braces:
                return taken
            taken.append(token)

    # Supplied by subclasses.

    def argument(self, whole_number: bool = False) -> Node:
        raise NotImplementedError

    def item(self) -> Node:
        raise NotImplementedError

    def combination(self) -> Node:
        raise NotImplementedError

    def number(self, token: Token) -> Node:
        raise NotImplementedError

    def sum(self) -> Node:
        raise NotImplementedError

    def product(self) -> Node:
        raise NotImplementedError

    def factor(self) -> Node:
        raise NotImplementedError

    def exponent(self) -> Node:
        raise NotImplementedError

    def signs(self) -> tuple[int, Sign | None]:
        raise NotImplementedError

    def atom(self) -> Node:
        raise NotImplementedError

    def bracketed(self, opening: str) -> Node:
        raise NotImplementedError

    def environment(self) -> Node:
        raise NotImplementedError


def literal(text: str) -> Num:
    """The exact value of a numeral: `12`, `.5`, `2.5e3`."""
    digits, _, power = text.lower().partition("e")
    whole, point, decimals = digits.partition(".")
    if not (whole + decimals).isdigit():
        raise NotUnderstood("number")
    value = Fraction(int(whole + decimals), 10 ** len(decimals))
    if power:
        if abs(int(power)) > 400:
            raise NotUnderstood("exponent")
        return Num(value * Fraction(10) ** int(power), len(decimals) - int(power) if decimals else None)
    return Num(value, len(decimals) if point and decimals else None)
