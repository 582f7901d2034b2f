"""Rows of several trace sets in stated shares."""

import json
import random
from collections.abc import Sequence

from gradus.provenance.errors import GradusError


def counts_of(sizes: Sequence[int], weights: Sequence[float], size: int | None, names: Sequence[str]) -> list[int]:
    """How many rows each set gives.

    The shares are the weights over their sum, rounded by largest remainders, so that the counts add up to `size`.
    Without a size it is the largest whose shares every set can give.
    Raises GradusError where a set has too few rows for the size, or would give none.
    """
    shares = [weight / sum(weights) for weight in weights]
    if size is None:
        size = max(int(min(there / share for there, share in zip(sizes, shares, strict=True)) + 1e-9), 1)
        while size > 1 and any(c > there for c, there in zip(_rounded(size, shares), sizes, strict=True)):
            size -= 1
    counts = _rounded(size, shares)
    for name, count, there in zip(names, counts, sizes, strict=True):
        if count > there:
            raise GradusError(
                f"trace set {name!r} has {there} rows, a mix of {size} asks for {count}; lower `size` or its weight"
            )
        if count == 0:
            raise GradusError(f"trace set {name!r} gives no row to a mix of {size}; raise `size` or its weight")
    return counts


def mixed(
    parts: Sequence[Sequence[bytes]], counts: Sequence[int], seed: int, names: Sequence[str], keep: str = "drawn"
) -> list[bytes]:
    """`counts` lines of each part, none twice, in the order of the parts and of their lines: drawn, or the shortest
    by their `chars`, the earlier of equals.
    """
    lines = []
    for part, count, name in zip(parts, counts, names, strict=True):
        if keep == "shortest":
            lengths = [json.loads(line)["chars"] for line in part]
            chosen = sorted(range(len(part)), key=lambda index: (lengths[index], index))[:count]
        else:
            chosen = random.Random(f"{seed}/mix/{name}").sample(range(len(part)), count)
        lines += [part[index] for index in sorted(chosen)]
    return lines


def _rounded(size: int, shares: Sequence[float]) -> list[int]:
    exact = [size * share for share in shares]
    counts = [int(value + 1e-9) for value in exact]
    remainders = sorted(range(len(shares)), key=lambda i: (counts[i] - exact[i], i))
    for index in remainders[: size - sum(counts)]:
        counts[index] += 1
    return counts
