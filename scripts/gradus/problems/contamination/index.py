"""All benchmarks in one index of hashed n-grams, so that a training set is read only once.

A training text whose hashes meet enough of a benchmark problem's is a candidate. Which candidates are copies is
decided on the tokens themselves (`alike`): a collision of hashes costs a comparison and is never a finding.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradus.problems.contamination.alike import EXACT_COPY, Likeness, likeness
from gradus.problems.contamination.texts import Text
from gradus.problems.contamination.tokens import Tokens, TokenText, tokenise

Hashes = NDArray[np.uint64]

_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd: no power of it is 0 modulo 2**64
_FILTER_BITS = 22


class Found(NamedTuple):
    """A benchmark problem found in a training text."""

    benchmark: str
    ours: Text
    theirs: Text
    likeness: Likeness


class BenchmarkIndex:
    """Problems of all benchmarks; `shares` as `likeness` takes it."""

    def __init__(self, benchmarks: Mapping[str, Sequence[Text]], shares: Mapping[int, float]) -> None:
        self._shares = dict(shares)
        self._n = min(shares)
        self._problems = [(name, text, tokenise(text.text)) for name, texts in benchmarks.items() for text in texts]
        self._ids = _TokenHashes()
        self._exact: dict[bytes, list[int]] = {}
        for number, (_, _, tokens) in enumerate(self._problems):
            self._exact.setdefault(_digest(tokens), []).append(number)
        rows, hashes = self._ids.grams([tokens.words for _, _, tokens in self._problems], self._n)
        # Pairs (hash, problem), each once, ordered by hash: hash i is in the problems holders[starts[i]:starts[i + 1]].
        pairs = np.unique(np.rec.fromarrays([hashes, rows]))
        self._hashes, starts = np.unique(pairs["f0"], return_index=True)
        self._starts = np.append(starts, len(pairs))
        self._holders = pairs["f1"]
        self._sizes = np.bincount(self._holders, minlength=len(self._problems))
        self._seen = np.zeros(1 << _FILTER_BITS, dtype=bool)
        self._seen[self._hashes >> np.uint64(64 - _FILTER_BITS)] = True

    def search(self, texts: Sequence[Text]) -> list[Found]:
        """Every benchmark problem in every one of these texts, in the order of the texts."""
        theirs = [tokenise(text.text) for text in texts]
        pairs = {(row, number): EXACT_COPY for row, t in enumerate(theirs) for number in self._exact_copies(t)}
        for row, bare in enumerate(without_common_ends(theirs)):
            pairs |= {(row, number): EXACT_COPY for number in self._exact_copies(bare)}
        for row, number in self._candidates([t.words for t in theirs]) - pairs.keys():
            like = likeness(self._problems[number][2], theirs[row], self._shares)
            if like:
                pairs[row, number] = like
        return [Found(*self._problems[number][:2], texts[row], pairs[row, number]) for row, number in sorted(pairs)]

    def _exact_copies(self, theirs: TokenText) -> list[int]:
        candidates = self._exact.get(_digest(theirs), [])
        return [number for number in candidates if self._problems[number][2].key == theirs.key]

    def _candidates(self, texts: Sequence[Tokens]) -> set[tuple[int, int]]:
        """Pairs (text, problem) that share enough of the problem's shortest n-grams, by their hashes.

        A longer n-gram in common is some shorter ones in common: the share of the shortest is never the smaller one.
        """
        rows, hashes = self._ids.grams(texts, self._n)
        maybe = self._seen[hashes >> np.uint64(64 - _FILTER_BITS)]
        rows, hashes = rows[maybe], hashes[maybe]
        if not len(self._hashes) or not len(hashes):
            return set()
        at = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        known = self._hashes[at] == hashes
        met = np.unique(rows[known].astype(np.int64) * len(self._hashes) + at[known])  # each n-gram of a text once
        rows, at = met // len(self._hashes), met % len(self._hashes)
        counts = self._starts[at + 1] - self._starts[at]
        first = np.repeat(self._starts[at] - np.append(0, np.cumsum(counts)[:-1]), counts)
        holders = self._holders[first + np.arange(counts.sum())].astype(np.int64)
        both, shared = np.unique(np.repeat(rows, counts) * len(self._problems) + holders, return_counts=True)
        enough = shared >= min(self._shares.values()) * self._sizes[both % len(self._problems)]
        return {divmod(int(pair), len(self._problems)) for pair in both[enough]}


class _TokenHashes(dict[str, int]):
    """64 bits for each token, and for each run of n tokens a polynomial in them."""

    def __missing__(self, token: str) -> int:
        value = int.from_bytes(blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
        if len(self) < 1_000_000:
            self[token] = value
        return value

    def grams(self, texts: Sequence[Tokens], n: int) -> tuple[NDArray[np.uint32], Hashes]:
        """The n-grams of all texts, in order: number of the text, and hash."""
        ids = np.array([self[token] for text in texts for token in text], dtype=np.uint64)
        rows = np.repeat(np.arange(len(texts), dtype=np.uint32), [len(text) for text in texts])
        places = max(0, len(ids) - n + 1)
        hashes = np.zeros(places, dtype=np.uint64)
        for offset in range(n):
            hashes *= _BASE
            hashes += ids[offset : offset + places]
        within = rows[:places] == rows[n - 1 : n - 1 + places]
        return rows[:places][within], hashes[within]


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
