"""The results that a text derives: the right sides of its equations, as exact numbers.

An equation between numbers counts where it holds, `48/2 = 24`; one whose left side has a name in it, `x = 24`, as the
text says it. Neither `= 24` alone nor `24 = 24` derives anything.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from gradus.environments.arithmetic import MOST_CHARACTERS, evaluate
from gradus.environments.calls import ToolError

_LATEX = (
    (re.compile(r"\\(?:left|right|displaystyle|!|,|;|:)"), ""),
    (re.compile(r"\\[dt]?frac\s*\{(-?[0-9.]+)\}\s*\{(-?[0-9.]+)\}"), r"(\1)/(\2)"),
    (re.compile(r"\\[dt]?frac\s*([0-9])([0-9])"), r"(\1)/(\2)"),
    (re.compile(r"\\(?:times|cdot)(?![a-zA-Z])"), "*"),
    (re.compile(r"\\div(?![a-zA-Z])"), "/"),
    (re.compile(r"\\?[$%]|&|\\[()\[\]]"), ""),
    (re.compile(r"(?<=[0-9])(?:,|\{,\})(?=[0-9]{3}(?![0-9]))"), ""),
)
_LEFT = re.compile(r"[-+*/^().0-9 ×·÷−]*$")
_NUMBER = r"\(*(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)\)*"
_RIGHT = re.compile(rf"\s*[-−]?{_NUMBER}(?:\s*(?:\*\*|[-+*/^×·÷−])\s*{_NUMBER})*")
_WORDS = "text|textbf|mathrm|mbox|quad|qquad|end|approx|boxed|implies|Rightarrow"
_GOES_ON = re.compile(rf"[a-zA-Z_{{!]|\s*[-+*/^×·÷−]\s*[a-zA-Z0-9(\\]|\s*\\(?!\\|(?:{_WORDS})(?![a-zA-Z]))")
"""What makes a number on the right a part of a larger expression: `2x`, `3\\sqrt{2}`, `3 + y`."""


def results(text: str, most: int | None = None) -> list[Fraction]:
    """The values that the first `most` equations of a text derive, in their order, each once."""
    found: dict[Fraction, None] = {}
    for line in text.splitlines():
        for left, right in _sides(_plain(line)):
            if most is not None:
                if most == 0:
                    return list(found)
                most -= 1
            value = _derived(left, right)
            if value is not None:
                found[value] = None
    return list(found)


def _plain(line: str) -> str:
    for pattern, by in _LATEX:
        line = pattern.sub(by, line)
    return line


def _sides(line: str) -> Iterator[tuple[str, str]]:
    """What is left and right of every sign of equality; `1+1 = 2 = 4-2` has two."""
    return pairwise(re.split(r"(?<![<>!:=])=(?!=)", line))


def _derived(left: str, right: str) -> Fraction | None:
    found = _RIGHT.match(right)
    value = _value(found[0]) if found else None
    if found is None or value is None or _GOES_ON.match(right, found.end()):
        return None
    left = left[-MOST_CHARACTERS:]
    said = _LEFT.search(left)
    own = said[0].strip() if said else ""
    before = left[: said.start()].strip() if said else left
    if not own or own[0] in "+*/^).×·÷" or (own[0] in "-−" and before):
        return value if re.search(r"[a-zA-Z]", before) else None  # a name, or an expression with one
    return value if any(sign in own[1:] for sign in "+-*/^×·÷−") and _value(own) == value else None


def _value(expression: str) -> Fraction | None:
    try:
        return evaluate(expression.strip().rstrip("."))
    except ToolError:
        return None
