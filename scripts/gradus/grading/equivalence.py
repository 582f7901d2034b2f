r"""Do two answers mean the same? Exact layers only: identity of normalised texts, exact rationals, tuples of these.

Three-valued: True, False, or None where these layers do not understand both sides and the texts differ. True is only
ever said of equal keys, so it is symmetric, and transitive but for one caution: two answers that name different units
or variables (15 minutes, 15 hours) are None, though a bare 15 equals either.

No text is ever evaluated; time is linear in the length; answers over 2,000 characters are not judged.
"""

import re
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from gradus.grading.labels import split_labels
from gradus.grading.normalise import clean, identity, unwrap
from gradus.grading.rationals import read_rational

MAX_CHARACTERS = 2000

Kind = Literal["number", "percent", "tuple", "list", "other", "empty", "too_long"]

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_GROUP_LIKE = re.compile(r"[0-9],[0-9]{3}(?![0-9])")
_CLOSING = {"(": ")]", "[": ")]"}
_DEPTH = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


@dataclass(frozen=True, slots=True)
class Parsed:
    """An answer read once. Equal `key` means equal; `understood` that unequal keys mean unequal."""

    text: str
    kind: Kind
    key: Hashable
    understood: bool
    label: str = ""


def parse_answer(text: str) -> Parsed:
    """Read one answer. Never raises for any text."""
    if _INTEGER.fullmatch(text):
        return Parsed(text, "number", ("number", Fraction(int(text))), True)
    if len(text) > MAX_CHARACTERS:
        return Parsed(text, "too_long", ("too_long", text), False)
    cleaned = clean(text)
    value, label = split_labels(cleaned)
    simple = _simple(text, unwrap(value), label)
    if simple is None and label:
        # What the label stood around is nothing we understand: then it may have been no label.
        simple = _simple(text, unwrap(cleaned), "")
    if simple is not None:
        return simple
    key = identity(unwrap(cleaned))
    if not key:
        return Parsed(text, "empty", ("empty",), False)
    return Parsed(text, "other", ("other", key), False)


def equivalent(a: str | Parsed, b: str | Parsed) -> bool | None:
    """True, False, or None for "these layers cannot tell". An empty answer equals nothing, not even another one."""
    a, b = (side if isinstance(side, Parsed) else parse_answer(side) for side in (a, b))
    if "empty" in (a.kind, b.kind):
        return False
    if "too_long" in (a.kind, b.kind):
        return None
    labels_differ = bool(a.label and b.label and a.label != b.label)
    if a.key == b.key:
        return None if labels_differ else True
    if labels_differ or not (a.understood and b.understood):
        return None
    if {a.kind, b.kind} == {"number", "percent"}:
        # 50% against 50, or against 1/2: publishers disagree on both.
        percent, number = (a.key[1], b.key[1]) if a.kind == "percent" else (b.key[1], a.key[1])
        return None if number in (percent, percent / 100) else False
    if "list" in (a.kind, b.kind):
        # Is the order of `1, 2` meant? Only another content is surely another answer.
        return None if a.kind != b.kind or Counter(a.key[1]) == Counter(b.key[1]) else False
    return False


def _simple(text: str, value: str, label: str) -> Parsed | None:
    """A number, a percentage, a bracketed tuple or an open list; else None."""
    number = _number(value)
    if number is not None:
        return Parsed(text, number[0], number, True, label)
    pieces = _pieces(value)
    if pieces is None:
        return None
    kind, brackets, parts = pieces
    keys, understood = [], True
    for part in parts:
        key = _number(part)
        understood = understood and key is not None
        keys.append(key or ("other", identity(part)))
    return Parsed(text, kind, (kind + brackets, tuple(keys)), understood, label)


def _number(value: str) -> tuple[str, Fraction] | None:
    kind: Kind = "number"
    if value.endswith("%"):
        kind, value = "percent", value[:-1].rstrip()
    number = read_rational(value)
    return None if number is None else (kind, number)


def _pieces(value: str) -> tuple[Kind, str, list[str]] | None:
    """Split at the commas outside all brackets: of a bracketed tuple or interval, or of an open list."""
    if "," not in value:
        return None
    bracketed = value[-1] in _CLOSING.get(value[0], "")
    inner = value[1:-1] if bracketed else value
    if not bracketed and _GROUP_LIKE.search(inner):
        return None  # 1,234,5: grouped digits or a list, who knows
    parts, begin, depth = [], 0, 0
    for at, character in enumerate(inner):
        depth += _DEPTH.get(character, 0)
        if depth < 0:
            return None  # (1,2),(3,4): its outer brackets are not one pair
        if character == "," and depth == 0:
            parts.append(inner[begin:at].strip())
            begin = at + 1
    parts.append(inner[begin:].strip())
    if depth != 0 or len(parts) < 2 or not all(parts):
        return None
    return ("tuple", value[0] + value[-1], parts) if bracketed else ("list", "", parts)
