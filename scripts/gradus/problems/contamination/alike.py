"""When two texts are the same problem.

Exact: the same text but for its typesetting. N-gram: a large share of a benchmark problem's n-grams is in one
training text, and both have the same numbers. Word problems are written in frames ("How many ... in all?") and
exercises in series, so what makes two problems of one frame different is, more than anything, their numbers: where a
number differs in the part that matches, it is another problem, however long the words between.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gradus.problems.contamination.tokens import Tokens, TokenText, is_numeral, numbers

EXACT = "exact"


class Likeness(NamedTuple):
    """`exact`, or the length of n-grams whose share reached its threshold, as in `13-gram`, or `near` with the share of
    tokens that are the same; exact has share 1."""

    kind: str
    share: float


EXACT_COPY = Likeness(EXACT, 1.0)


def likeness(ours: TokenText, theirs: TokenText, shares: Mapping[int, float]) -> Likeness | None:
    """What the benchmark problem `ours` and the training text `theirs` have in common; None: two problems.

    `shares` maps n to the share of our n-grams that has to be found; the result is for the longest n for which it is.
    A problem of fewer than n tokens has no n-gram: where it has none at all, only the exact text counts.
    """
    if ours.key == theirs.key:
        return EXACT_COPY
    for n in sorted(shares, reverse=True):
        share = gram_share(ours.words, theirs.words, n)
        if share and share >= shares[n]:
            return Likeness(f"{n}-gram", share) if _same_numbers(ours, theirs, min(shares)) else None
    return None


def gram_share(ours: Tokens, theirs: Tokens, n: int) -> float:
    """Share of our distinct n-grams that theirs have; 0 for fewer than n tokens."""
    grams = set(_grams(ours, n))
    return len(grams.intersection(_grams(theirs, n))) / len(grams) if grams else 0.0


def _grams(tokens: Tokens, n: int) -> list[Tokens]:
    return [tokens[i : i + n] for i in range(len(tokens) - n + 1)]


def _same_numbers(ours: TokenText, theirs: TokenText, n: int) -> bool:
    """Whether the part of their text that matches ours has the numbers of ours.

    That part reaches from the first n-gram in common to the last, and as far beyond both as our text does. There may
    be other numbers around it (another problem in the same prompt), and where their text is cut, ours may go on.
    """
    if ours.pictures and theirs.pictures and numbers(ours.pictures) != numbers(theirs.pictures):
        return False
    own, others = set(_grams(ours.words, n)), set(_grams(theirs.words, n))
    here = [i for i, gram in enumerate(_grams(ours.words, n)) if gram in others]
    there = [i for i, gram in enumerate(_grams(theirs.words, n)) if gram in own]
    start = max(0, there[0] - here[0])
    end = min(len(theirs.words), there[-1] + len(ours.words) - here[-1])
    while start > 0 and is_numeral(theirs.words[start - 1]) and is_numeral(theirs.words[start]):
        start -= 1
    while end < len(theirs.words) and is_numeral(theirs.words[end - 1]) and is_numeral(theirs.words[end]):
        end += 1
    asked, found = numbers(ours.words), numbers(theirs.words[start:end])
    cut = len(theirs.words) < len(ours.words) and (start, end) == (0, len(theirs.words))
    return _is_within(asked, found) or (cut and _is_within(found, asked))


def _is_within(part: Sequence[str], whole: Sequence[str]) -> bool:
    """Whether `part` is a contiguous stretch of `whole`."""
    return any(list(whole[i : i + len(part)]) == list(part) for i in range(len(whole) - len(part) + 1))
