"""Votes by going through all subsets with exact fractions: slow, and plain to see."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from fractions import Fraction
from itertools import combinations

Weight = int | Fraction


def vote(groups: Sequence[int], correct: Collection[int], weights: Sequence[Weight] | None = None) -> Fraction:
    """The share of the winners that are correct; 0 where nobody votes."""
    sums: dict[int, Fraction] = defaultdict(Fraction)
    for group, weight in zip(groups, weights or [1] * len(groups), strict=True):
        if group != -1 and weight > 0:
            sums[group] += weight
    winners = [group for group, total in sums.items() if total == max(sums.values())]
    return Fraction(sum(group in correct for group in winners), len(winners)) if winners else Fraction(0)


def enumerated(
    groups: Sequence[int], correct: Collection[int], k: int, weights: Sequence[Weight] | None = None
) -> float:
    """The mean of `vote` over all k-subsets."""
    weights = weights or [1] * len(groups)
    scores = [
        vote([groups[i] for i in chosen], correct, [weights[i] for i in chosen])
        for chosen in combinations(range(len(groups)), k)
    ]
    return float(sum(scores) / len(scores))
