"""Common phrases of answers: no solution, all real numbers, does not exist; and numbers in words."""

import re
from fractions import Fraction

from gradus.grading.numberwords import number_of

_NOTHING = re.compile(
    r"(?:there (?:is|are|exists?) )?(?:no|not any) (?:such )?"
    r"(?:real |integer |positive |complex |rational |possible |valid )*"
    r"(?:solutions?|roots?|zeros|answers?|values?(?: of \w)?|numbers?|integers?|intersections?|[a-z])"
    r"(?: to (?:the|this) \w+)?(?: exists?| possible)?"
    r"|(?:the )?empty set|none|empty|nothing|无解|不存在解|无实数解"
)
_EVERYTHING = re.compile(
    r"(?:(?:for )?(?:all|any|every) )?(?:the )?(?:set of )?(?:all )?"
    r"(?:real(?: numbers?)?|reals)(?: values?)?(?: of \w| \w)?"
    r"|全体实数|任意实数"
)
_ENDLESS = re.compile(
    r"(?:there are )?(?:an )?infinite(?:ly)?(?: many)?(?: number of)?(?: solutions?| many solutions?| values?)?"
    r"|无数(?:个|解)?"
)
_NOWHERE = frozenset(["dne", "does not exist", "limit does not exist", "do not exist", "doesn't exist", "不存在"])
_YES = {
    "是": "yes",
    "对": "true",
    "正确": "true",
    "否": "no",
    "错": "false",
    "错误": "false",
    "真": "true",
    "假": "false",
}
_ASKED_OF_ALL = frozenset(["all real", "real", "real number", "any real", "every real"])


def is_nothing(words: str) -> bool:
    return _NOTHING.fullmatch(words) is not None


def is_everything(words: str) -> bool:
    """All real numbers; `real` alone is an adjective."""
    return words not in _ASKED_OF_ALL and _EVERYTHING.fullmatch(words) is not None


def plain_words(words: str) -> str:
    """The normal wording of phrases that mean the same."""
    if words in _NOWHERE:
        return "does not exist"
    if _ENDLESS.fullmatch(words):
        return "infinitely many"
    return _YES.get(words, words)


def counted(words: str) -> tuple[Fraction, str] | None:
    """`seventy two` and `twelve apples` as (the number, what is counted or ""); None for other words."""
    parts = words.split()
    for length in range(len(parts), 0, -1):
        value = number_of(" ".join(parts[:length]))
        if value is not None:
            rest = parts[length:]
            return (value, " ".join(rest)) if len(rest) <= 3 else None
    return None
