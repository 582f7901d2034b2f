"""N-grams of many texts as 64-bit hashes, and which of them share enough for a closer look.

A collision of hashes costs a comparison and is never a finding.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from gradus.problems.contamination.tokens import Tokens

Hashes = NDArray[np.uint64]

_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd: no power of it is 0 modulo 2**64
_FILTER_BITS = 22


class GramIndex:
    """The n-grams of `texts`, without those that more than `most_holders` of the texts have."""

    def __init__(self, texts: Sequence[Tokens], n: int, most_holders: int | None = None) -> None:
        self._n, self._size = n, len(texts)
        self._tokens = _TokenHashes()
        rows, hashes = self._tokens.grams(texts, n)
        # Pairs (hash, text), each once, ordered by hash: hash i is in the texts holders[starts[i]:starts[i + 1]].
        pairs = np.unique(np.rec.fromarrays([hashes, rows]))
        if most_holders is not None:
            _, which, counts = np.unique(pairs["f0"], return_inverse=True, return_counts=True)
            pairs = pairs[counts[which] <= most_holders]
        self._hashes, starts = np.unique(pairs["f0"], return_index=True)
        self._starts = np.append(starts, len(pairs))
        self._holders = pairs["f1"]
        self._sizes = np.bincount(self._holders, minlength=len(texts))
        self._seen = np.zeros(1 << _FILTER_BITS, dtype=bool)
        self._seen[self._hashes >> np.uint64(64 - _FILTER_BITS)] = True

    def candidates(self, texts: Sequence[Tokens], share: float) -> set[tuple[int, int]]:
        """Pairs (text, text of the index) where the former has at least this share of the latter's n-grams."""
        rows, hashes = self._tokens.grams(texts, self._n)
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
        both, shared = np.unique(np.repeat(rows, counts) * self._size + holders, return_counts=True)
        enough = shared >= share * self._sizes[both % self._size]
        return {divmod(int(pair), self._size) for pair in both[enough]}


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
