"""All benchmarks in one index of n-grams, so that a training set is read only once.

A training text that shares enough of a benchmark problem's is a candidate. Which candidates are copies is decided on
the tokens themselves (`alike`, `near`).
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from gradus.problems.contamination.alike import EXACT_COPY, Likeness, likeness
from gradus.problems.contamination.grams import GramIndex
from gradus.problems.contamination.near import NEAR
from gradus.problems.contamination.near_index import NearIndex
from gradus.problems.contamination.texts import Text
from gradus.problems.contamination.tokens import Tokens, TokenText, tokenise


class Found(NamedTuple):
    """A benchmark problem found in a training text."""

    benchmark: str
    ours: Text
    theirs: Text
    likeness: Likeness


class BenchmarkIndex:
    """Problems of all benchmarks; `shares` as `likeness` takes it; `near`: what is nearly a copy is looked for too."""

    def __init__(
        self, benchmarks: Mapping[str, Sequence[Text]], shares: Mapping[int, float], near: bool = False
    ) -> None:
        self._shares = dict(shares)
        self._problems = [(name, text, tokenise(text.text)) for name, texts in benchmarks.items() for text in texts]
        self._exact: dict[bytes, list[int]] = {}
        for number, (_, _, tokens) in enumerate(self._problems):
            self._exact.setdefault(_digest(tokens), []).append(number)
        self._grams = GramIndex([tokens.words for _, _, tokens in self._problems], min(shares))
        self._near = NearIndex([(text, tokens) for _, text, tokens in self._problems]) if near else None

    def search(self, texts: Sequence[Text]) -> list[Found]:
        """Every benchmark problem in every one of these texts, in the order of the texts."""
        theirs = [tokenise(text.text) for text in texts]
        pairs = {(row, number): EXACT_COPY for row, t in enumerate(theirs) for number in self._exact_copies(t)}
        for row, bare in enumerate(without_common_ends(theirs)):
            pairs |= {(row, number): EXACT_COPY for number in self._exact_copies(bare)}
        # A longer n-gram in common is some shorter ones in common: the share of the shortest is never the smaller one.
        least = min(self._shares.values())
        for row, number in self._grams.candidates([t.words for t in theirs], least) - pairs.keys():
            like = likeness(self._problems[number][2], theirs[row], self._shares)
            if like:
                pairs[row, number] = like
        for row, number, share in self._near.search(texts, theirs) if self._near else ():
            pairs.setdefault((row, number), Likeness(NEAR, share))
        return [Found(*self._problems[number][:2], texts[row], pairs[row, number]) for row, number in sorted(pairs)]

    def _exact_copies(self, theirs: TokenText) -> list[int]:
        candidates = self._exact.get(_digest(theirs), [])
        return [number for number in candidates if self._problems[number][2].key == theirs.key]


def without_common_ends(texts: Sequence[TokenText]) -> list[TokenText]:
    """The texts without what all of them begin with and end with: the prompt around a problem. Empty where nothing is.

    No text is cut to nothing, and one text alone has no common ends.
    """
    words = [text.words for text in texts]
    if len(set(words)) < 2:
        return []
    start, end = _common_start(words), _common_start([text[::-1] for text in words])
    if not start + end or start + end >= min(map(len, words)):
        return []
    return [TokenText(text.words[start : len(text.words) - end], text.pictures) for text in texts]


def _common_start(texts: Sequence[Tokens]) -> int:
    """Number of tokens that all begin with: those that the first and the last in order do."""
    pairs = zip(min(texts), max(texts))
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(map(len, texts)))


def _digest(tokens: TokenText) -> bytes:
    return blake2b(tokens.key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
