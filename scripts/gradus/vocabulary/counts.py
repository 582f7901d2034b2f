"""How many tokens of each family a sequence of ids has.

Of the ids that a model wrote: text that is encoded again may have other ids, and decoding may leave tokens out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class TokenCounter:
    """families: the name of each family, and the ids of its tokens."""

    families: Mapping[str, frozenset[int]]

    def counts(self, ids: Iterable[int]) -> dict[str, int]:
        """By family, in their order; 0 where the sequence has none."""
        found = dict.fromkeys(self.families, 0)
        for one in ids:
            for name, own in self.families.items():
                found[name] += one in own
        return found
