"""Pairs of numbers to multiply or add."""

import random
from collections.abc import Sequence

from gradus.provenance.errors import GradusError

_MOST_DRAWS = 10_000


def draw_pairs(rng: random.Random, count: int, digits: Sequence[int]) -> list[tuple[int, int]]:
    """`count` different pairs; the first operand has `digits` in turn, the second one any of them.

    Raises GradusError when there are no further pairs.
    """
    pairs: dict[tuple[int, int], None] = {}
    for index in range(count):
        for _ in range(_MOST_DRAWS):
            pair = (_number(rng, digits[index % len(digits)]), _number(rng, rng.choice(digits)))
            if pair not in pairs:
                break
        else:
            raise GradusError(
                f"there are no {count} pairs of numbers with {digits} digits; ask for fewer or add digits"
            )
        pairs[pair] = None
    return list(pairs)


def pairs_within(rng: random.Random, count: int, bounds: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """`count` different pairs; bounds: the smallest and the largest of the first operand, and of the second one.

    Raises GradusError when there are fewer pairs.
    """
    (low, high), (second_low, second_high) = bounds
    first, second = range(low, high + 1), range(second_low, second_high + 1)
    if count > len(first) * len(second):
        there = f"{low} to {high} and {second_low} to {second_high}"
        raise GradusError(f"there are no {count} pairs of numbers from {there}; ask for fewer or widen the bounds")
    chosen = rng.sample(range(len(first) * len(second)), count)
    return [(first[index // len(second)], second[index % len(second)]) for index in chosen]


def _number(rng: random.Random, digits: int) -> int:
    return rng.randrange(10 ** (digits - 1), 10**digits)
