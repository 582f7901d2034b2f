r"""Where a text multiplies two numbers of a multiplication table, and whether it says the right product beside them.

`6*9`, `6 × 9`, `6x9` and `9 X 6` are all the product of 6 and 9. One that is said to be another number is none.

Differences from the published rule (zhengpu-berkeley/domain-token-gpt2: two numbers of one or two digits with an
operator between them, and an optional `= c`), which on GSM8K's solutions puts tokens where other numbers are than those
that they name:
- a digit of a longer number is no factor: `0.5*8`, `.5*8`, `2*3.5`, `102*3`, `2*3,000`;
- neither is a number that is divided by, raised to a power or a part of a name: `6/2*3`, `2^3*4`, `3*4^2`, `x2*3`;
- `= c` belongs to the product only where the product is a side of the equation by itself, and c the other one:
  `5+2*3=11` is right though 11 is not 6, and `2*3=6+1` says nothing of 6;
- c has its decimals, `2*3=6.00`, and a sign of a currency before it is no part of the product, `2*3=$6`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Product:
    """The characters from `start` to `end`, with the result where it is stated right after the factors.

    low, high: the factors. proven: whether the text states the right result. One in a currency stays out of the span.
    """

    start: int
    end: int
    low: int
    high: int
    proven: bool


_BLANK = r"[^\S\n\r]*"
_FACTORS = re.compile(
    rf"(?<![\w.])(?<![0-9],)([1-9][0-9]{{0,8}}){_BLANK}(?:\*|[×xX]){_BLANK}([1-9][0-9]{{0,8}})"
    rf"(?![\w%!]|\.[0-9]|,[0-9]{{3}}(?![0-9])|{_BLANK}(?:\^|\*\*{_BLANK}[\w(]))"
)
_RESULT = re.compile(
    rf"{_BLANK}={_BLANK}(?P<currency>(?:\\?[$€£¥₹]{_BLANK})?)"
    r"(?P<number>[-−]?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)?(?:\.[0-9]+)?)(?<=[0-9])"
)
_GOES_ON = re.compile(rf"{_BLANK}(?:[+*/^×·÷]{_BLANK}[\w($\\]|[-−]{_BLANK}[0-9(.$\\]|[xX]{_BLANK}[0-9(])")
"""What makes the number after `=` a part of an expression."""

_POWER_OR_DIVISION = ("/", "÷", "^", "\\div")
_TIMES = ("×", "·", "\\times", "\\cdot")
_OPERAND_END = re.compile(r"[\w)\]}>%.]")


def products(text: str, up_to: int) -> Iterator[Product]:
    """Those of factors from 1 to `up_to`, from left to right without overlaps. Linear in the length of the text."""
    at = 0
    while found := _FACTORS.search(text, at):
        product = _product(text, found, up_to)
        if product is None:
            at = found.end(1)  # the second factor may be the first of another product
        else:
            yield product
            at = product.end


def _product(text: str, found: re.Match[str], up_to: int) -> Product | None:
    low, high = sorted((int(found[1]), int(found[2])))
    start, end = found.span()
    if high > up_to or (before := _before(text, start)) == "bound":
        return None
    result = _result(text, end) if before == "alone" else None
    if result is not None and result.value != low * high:
        return None
    if result is not None and not result.currency:
        end = result.end
    return Product(start, end, low, high, proven=result is not None)


class _Result:
    """What follows `=`."""

    def __init__(self, found: re.Match[str]) -> None:
        self.currency, self.end = found["currency"], found.end()
        self.value = float(found["number"].replace(",", "").replace("−", "-"))


def _result(text: str, at: int) -> _Result | None:
    """The number that the product of which `at` is the end is said to be; None where nothing or an expression is."""
    found = _RESULT.match(text, at)
    return None if found is None or _GOES_ON.match(text, found.end()) else _Result(found)


def _before(text: str, at: int) -> Literal["alone", "part", "bound"]:
    """What a product is to what precedes it on its line.

    alone: it begins an expression. part: it is a term or a factor of a longer one, of which what follows `=` is the
    result. bound: what precedes it divides by its first factor or raises to it.
    """
    last = _last(text, at)
    before = text[max(0, last - 5) : last + 1]
    if before.endswith("**"):
        power = last + 1 < at or (last >= 2 and text[last - 2].isalnum())  # else bold text begins
        return "bound" if power and _operand_before(text, last - 1) else "alone"
    if before.endswith(_POWER_OR_DIVISION):
        return "bound"
    if before.endswith(("+", "-", "−", "–")):
        return "part" if last + 1 == at or _operand_before(text, last) else "alone"
    if before.endswith(("*", "x", "X")):
        return "part" if _operand_before(text, last) else "alone"
    return "part" if before.endswith(_TIMES) else "alone"


def _operand_before(text: str, at: int) -> bool:
    last = _last(text, at)
    return last >= 0 and _OPERAND_END.match(text, last) is not None


def _last(text: str, at: int) -> int:
    """The place of the last character before `at` on its line that is no blank; -1 where there is none."""
    last = at - 1
    while last >= 0 and text[last].isspace():
        if text[last] in "\n\r":
            return -1
        last -= 1
    return last
