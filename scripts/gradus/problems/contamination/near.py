"""When two texts are nearly the same problem: a word misspelled, added, left out or replaced, a number written as a
word, a name or a variable changed throughout.

What decides a problem's answer may not differ: numbers, symbols and commands of LaTeX are the same and in the same
order. Words may, by a budget that grows with the problem: a problem of 30 words whose copy differs in one of them is
the same problem for a model that was trained on it, which no share of long n-grams tells.
"""

import re
from difflib import SequenceMatcher

from gradus.problems.contamination.tokens import Tokens, is_numeral

NEAR = "near"

WORDS_AN_EDIT = 8
"""A problem of so many tokens may differ in one word, one of twice as many in two; a shorter one in one."""

_WORDED = """
    ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
    twenty thirty forty fifty sixty seventy eighty ninety
"""
_NUMBERS: dict[str, str] = dict(
    zip(_WORDED.split(), [str(n) for n in (*range(10, 20), *range(20, 100, 10))], strict=True)
)
_TENS: dict[str, str] = {word: number[0] for word, number in _NUMBERS.items() if word.endswith("ty")}

# A capital within a sentence; what is a name there is the same name at a sentence's beginning.
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+\b")


def near_tokens(words: Tokens) -> Tokens:
    """The tokens of a text with each number as one of them, in digits: `#25` for 25, twenty-five and twenty five."""
    found: list[str] = []
    digits = ""
    place, end = 0, len(words)
    while place < end:
        token = words[place]
        place += 1
        if token.isdecimal() or token == ".":
            digits += token
            continue
        if digits:
            found.append(f"#{digits}")
            digits = ""
        if token in _TENS:  # and a digit after it, but not the first of several
            unit = place + (place < end and words[place] == "-")
            if unit < end and words[unit] in "123456789" and not (unit + 1 < end and is_numeral(words[unit + 1])):
                found.append(f"#{_TENS[token]}{words[unit]}")
                place = unit + 1
                continue
        found.append(f"#{_NUMBERS[token]}" if token in _NUMBERS else token)
    if digits:
        found.append(f"#{digits}")
    return tuple(found)


def masked(text: str, tokens: Tokens) -> Tokens:
    """`tokens` of `text` with all names alike, and all variables: what is left when these are changed."""
    names = {name.lower() for name in _NAME.findall(text)}
    return tuple(["@" if token in names else "v" if len(token) == 1 and token.isalpha() else token for token in tokens])


def nearness(ours: Tokens, theirs: Tokens) -> float | None:
    """The share of the tokens of `ours` that are in `theirs` as they are, if the rest is little enough; None: another
    problem. Both as `near_tokens` has them; what is before and after ours in theirs does not count."""
    theirs = _stretch(ours, theirs)
    edits = _Edits(ours, theirs)
    budget = max(1, len(ours) // WORDS_AN_EDIT)
    for kind, i, j, p, q in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind == "equal" or (kind == "insert" and i == 0):
            continue
        if kind == "insert" and i == len(ours):
            if not _is_word(theirs[p]):
                return None  # a formula goes on
            continue
        if not edits.allow(ours[i:j], theirs[p:q]) or edits.cost > budget:
            return None
    return 1 - edits.cost / len(ours)


class _Edits:
    """The cost of what differs so far. A name or variable that is another one throughout costs one edit, as does a
    word that is misspelled, added or left out; a word in place of another one costs two."""

    def __init__(self, ours: Tokens, theirs: Tokens) -> None:
        self._ours, self._theirs = ours, theirs
        self._renamed: dict[str, str] = {}
        self.cost = 0

    def allow(self, ours: Tokens, theirs: Tokens) -> bool:
        """Count the edits that make `ours` into `theirs`; False where they make another problem."""
        both = min(len(ours), len(theirs))
        return all(map(self._replaced, ours, theirs)) and all(map(self._extra, ours[both:] + theirs[both:]))

    def _replaced(self, one: str, other: str) -> bool:
        if one == other or self._renamed.get(one) == other:
            return True
        if not (one.isalpha() and other.isalpha()) or (len(one) == 1) != (len(other) == 1):
            return False
        throughout = one not in self._renamed and other not in self._renamed.values()
        if len(one) == 1:  # two variables exchanged, or made one, are another problem; "a" is an article too
            throughout = throughout and other not in self._ours and (one == "a" or one not in self._theirs)
            if not throughout:
                return False
        self._renamed.setdefault(one, other)
        is_one_edit = len(one) == 1 or _misspelled(one, other) or (throughout and self._ours.count(one) > 1)
        self.cost += 1 if is_one_edit else 2
        return True

    def _extra(self, token: str) -> bool:
        self.cost += 1
        return _is_word(token)


def _is_word(token: str) -> bool:
    return token.isalpha() and (len(token) > 1 or token == "a")


def _misspelled(one: str, other: str) -> bool:
    """Whether two letters are exchanged, or one is added, left out or another one."""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 3:
        return False
    if sorted(one) == sorted(other):
        return True
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) >= max(len(one), len(other)) - 1


def _stretch(ours: Tokens, theirs: Tokens) -> Tokens:
    """The part of a longer text where ours would be, by the longest run of tokens in common."""
    if len(theirs) <= len(ours) + 2:
        return theirs
    run = SequenceMatcher(None, ours, theirs, autojunk=False).find_longest_match()
    spare = max(1, len(ours) // WORDS_AN_EDIT)
    return theirs[max(0, run.b - run.a - spare) : run.b - run.a + len(ours) + spare]
