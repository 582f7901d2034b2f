r"""Read an exact rational number: `-12`, `1,234`, `.5`, `3/4`, `\frac{3}{4}`, `(13)/(4)`, `1\frac{1}{2}`, `1 1/2`."""

import re
from fractions import Fraction

_MAX_DEPTH = 20

_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]*)?")
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")
_MIXED_TAIL = re.compile(r" ?(?=\\frac)| (?=[0-9]+/[0-9])")
_SPACE = re.compile(r" *")


class _NotRational(Exception):
    """The text is something else, or nested deeper than numbers are."""


def read_rational(text: str) -> Fraction | None:
    """The exact value of a cleaned text, None when it is not (only) a rational number. Linear in its length."""
    try:
        value, end = _signed(text, 0, 0)
    except _NotRational:
        return None
    return value if end == len(text) else None


def _signed(text: str, at: int, depth: int) -> tuple[Fraction, int]:
    if depth > _MAX_DEPTH:
        raise _NotRational
    at = _skip(text, at)
    sign = -1 if text.startswith("-", at) else 1
    if text[at : at + 1] in ("-", "+"):
        at = _skip(text, at + 1)
    value, at = _atom(text, at, depth)
    after = _skip(text, at)
    if text.startswith("/", after):
        denominator, at = _atom(text, _skip(text, after + 1), depth)
        value = _divide(value, denominator)
    return sign * value, at


def _atom(text: str, at: int, depth: int) -> tuple[Fraction, int]:
    if text.startswith("\\frac", at):
        numerator, at = _group(text, _skip(text, at + 5), "{}", depth)
        denominator, at = _group(text, _skip(text, at), "{}", depth)
        return _divide(numerator, denominator), at
    if text.startswith("(", at):
        return _group(text, at, "()", depth)
    if text.startswith("{", at):
        return _group(text, at, "{}", depth)
    # Inside brackets a comma separates: (1,234) is a pair. So only an unbracketed number may be grouped by commas.
    match = (_GROUPED.match(text, at) if depth == 0 else None) or _PLAIN.match(text, at)
    if not match:
        raise _NotRational
    digits, _, decimals = match[0].replace(",", "").partition(".")
    value = Fraction(int(digits + decimals or "0"), 10 ** len(decimals))
    mixed = _MIXED_TAIL.match(text, match.end()) if "." not in match[0] else None
    if not mixed:
        return value, match.end()
    part, end = _fraction_part(text, mixed.end(), depth)
    return value + part, end


def _fraction_part(text: str, at: int, depth: int) -> tuple[Fraction, int]:
    """The `1/2` of a mixed number: below 1, or it is a product or a slip of the pen and no number we know."""
    part, end = _atom(text, at, depth)
    if text.startswith("/", end):
        denominator, end = _atom(text, end + 1, depth)
        part = _divide(part, denominator)
    if not 0 < part < 1:
        raise _NotRational
    return part, end


def _group(text: str, at: int, brackets: str, depth: int) -> tuple[Fraction, int]:
    if not text.startswith(brackets[0], at):
        raise _NotRational
    value, at = _signed(text, at + 1, depth + 1)
    at = _skip(text, at)
    if not text.startswith(brackets[1], at):
        raise _NotRational
    return value, at + 1


def _divide(numerator: Fraction, denominator: Fraction) -> Fraction:
    if denominator == 0:
        raise _NotRational
    return numerator / denominator


def _skip(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()
