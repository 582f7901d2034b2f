"""Which benchmark problems are nearly a training text, without comparing all with all.

Candidates share trigrams, names and variables being alike, or, where both are short, are equal but for one token of
each. Trigrams that many problems have ("how many of the") tell nothing and would make every pair a candidate.
"""

from collections.abc import Iterator, Sequence

from gradus.problems.contamination.grams import GramIndex
from gradus.problems.contamination.near import masked, near_tokens, nearness
from gradus.problems.contamination.texts import Text
from gradus.problems.contamination.tokens import Tokens, TokenText, numbers

N = 3
SHARE = 0.3
"""Of a problem's trigrams. A changed word takes three of them, a name throughout more."""

MOST_HOLDERS = 30
SHORT = 16
"""Tokens of a problem of which one edit may leave few trigrams."""


class NearIndex:
    """Problems as texts and their tokens, in an order that `search` numbers them by."""

    def __init__(self, problems: Sequence[tuple[Text, TokenText]]) -> None:
        self._problems = [(near_tokens(tokens.words), tokens.pictures) for _, tokens in problems]
        bare = [masked(text.text, words) for (text, _), (words, _) in zip(problems, self._problems, strict=True)]
        self._grams = GramIndex(bare, N, MOST_HOLDERS)
        self._short: dict[Tokens, list[int]] = {}
        for number, tokens in enumerate(bare):
            for part in _without_one(tokens, SHORT):
                self._short.setdefault(part, []).append(number)

    def search(self, texts: Sequence[Text], tokens: Sequence[TokenText]) -> Iterator[tuple[int, int, float]]:
        """Pairs (text, problem) that are nearly the same, with their `nearness`; copies are among them."""
        words = [near_tokens(one.words) for one in tokens]
        bare = [masked(text.text, own) for text, own in zip(texts, words, strict=True)]
        candidates = self._grams.candidates(bare, SHARE)
        for row, one in enumerate(bare):
            candidates |= {
                (row, number) for part in _without_one(one, SHORT + 1) for number in self._short.get(part, ())
            }
        for row, number in sorted(candidates):
            ours, pictures = self._problems[number]
            if pictures and tokens[row].pictures and numbers(pictures) != numbers(tokens[row].pictures):
                continue
            near = nearness(ours, words[row])
            if near is not None:
                yield row, number, near


def _without_one(tokens: Tokens, longest: int) -> set[Tokens]:
    """A short text as it is, and without each of its tokens."""
    if len(tokens) > longest:
        return set()
    return {tokens, *(tokens[:place] + tokens[place + 1 :] for place in range(len(tokens)))}
