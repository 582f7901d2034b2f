"""The order in which rows are learned."""

import random
from functools import lru_cache


@lru_cache(maxsize=4)
def epoch_order(size: int, seed: int, epoch: int) -> tuple[int, ...]:
    """A shuffle of range(size) that depends on the seed and the epoch only, so that a resumed run sees the same."""
    order = list(range(size))
    random.Random(f"{seed}/epoch/{epoch}").shuffle(order)
    return tuple(order)
