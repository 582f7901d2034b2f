"""The value of an arithmetic expression, exactly, by a parser of its own: no text of a model reaches an interpreter."""

import re
from fractions import Fraction

from gradus.environments.calls import ToolError

MOST_CHARACTERS = 200
MOST_DEPTH = 20
"""Parentheses and signs within each other."""
MOST_DIGITS = 60
"""Of the numerator and of the denominator of any value on the way."""
MOST_EXPONENT = 64
MOST_PLACES = 12
"""Behind the point; a number that needs more is written as a fraction."""

_TOKEN = re.compile(r"\s*([0-9]+\.[0-9]+|\.[0-9]+|[0-9]+|\*\*|[-+*/^()])")
_SAME = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-"})


def evaluate(expression: str) -> Fraction:
    """The value of sums, products, quotients and whole powers (`^` or `**`) of numbers, with parentheses.

    Raises ToolError for anything else, a division by zero, and what exceeds the limits above.
    """
    if len(expression) > MOST_CHARACTERS:
        raise ToolError(f"an expression of more than {MOST_CHARACTERS} characters")
    return _Reader(_tokens(expression)).whole()


def written(value: Fraction) -> str:
    """A whole number, a decimal where that is exact and short, else a fraction: 12, 0.75, 1/3."""
    scaled = value * 10**MOST_PLACES
    if scaled.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    whole, part = divmod(abs(scaled.numerator), 10**MOST_PLACES)
    places = f"{part:0{MOST_PLACES}}".rstrip("0")
    return f"{'-' if value < 0 else ''}{whole}{'.' if places else ''}{places}"


def _tokens(expression: str) -> list[str]:
    text, at, tokens = expression.translate(_SAME).rstrip(), 0, []
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ToolError(f"{text[at:].lstrip()[:1]!r} is not arithmetic")
        tokens.append(found[1])
        at = found.end()
    return tokens


class _Reader:
    """Reads tokens from the left. Powers bind tighter than signs, and group from the right: -2^2 is -4."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    def whole(self) -> Fraction:
        value = self._sum()
        if self._at < len(self._tokens):
            raise ToolError(f"{self._tokens[self._at]!r} is not expected there")
        return value

    def _take(self, *wanted: str) -> str | None:
        """The next token, where it is one of these."""
        found = self._tokens[self._at] if self._at < len(self._tokens) else None
        if found not in wanted:
            return None
        self._at += 1
        return found

    def _sum(self) -> Fraction:
        value = self._product()
        while sign := self._take("+", "-"):
            other = self._product()
            value = _checked(value + other if sign == "+" else value - other)
        return value

    def _product(self) -> Fraction:
        value = self._signed()
        while sign := self._take("*", "/"):
            other = self._signed()
            if sign == "/" and not other:
                raise ToolError("division by zero")
            value = _checked(value * other if sign == "*" else value / other)
        return value

    def _signed(self) -> Fraction:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise ToolError("too many parentheses or signs")
        sign = self._take("-", "+")
        value = self._power() if sign is None else self._signed()
        self._depth -= 1
        return -value if sign == "-" else value

    def _power(self) -> Fraction:
        base = self._atom()
        if self._take("^", "**") is None:
            return base
        exponent = self._signed()
        if exponent.denominator != 1 or abs(exponent) > MOST_EXPONENT:
            raise ToolError(f"an exponent is a whole number up to {MOST_EXPONENT}")
        if not base and exponent < 0:
            raise ToolError("division by zero")
        return _checked(base ** int(exponent))

    def _atom(self) -> Fraction:
        if self._take("("):
            value = self._sum()
            if self._take(")") is None:
                raise ToolError("a parenthesis is not closed")
            return value
        if self._at >= len(self._tokens):
            raise ToolError("the expression ends too early")
        token = self._tokens[self._at]
        if not token[-1].isdigit():
            raise ToolError(f"{token!r} is not expected there")
        self._at += 1
        return _checked(Fraction(token))


def _checked(value: Fraction) -> Fraction:
    if max(abs(value.numerator), value.denominator) >= 10**MOST_DIGITS:
        raise ToolError(f"a number of more than {MOST_DIGITS} digits")
    return value
