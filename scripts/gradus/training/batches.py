"""Shape of training data."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import torch
from torch import Tensor

T = TypeVar("T")

Example = tuple[list[int], list[bool]]
"""Token ids, and for each whether the loss counts it."""


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items, the last one shorter (itertools.batched is new in Python 3.12)."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def padded(rows: Sequence[Sequence[int]], fill: int) -> Tensor:
    """Right-padded ids [B, T]."""
    width = max(map(len, rows))
    return torch.tensor([[*row, *[fill] * (width - len(row))] for row in rows], dtype=torch.long)


def by_length(lengths: Sequence[int], most_tokens: int) -> list[list[int]]:
    """Indices in micro-batches of similar length, each of at most `most_tokens` tokens once padded."""
    batches: list[list[int]] = []
    width = 0
    for index in sorted(range(len(lengths)), key=lambda i: (lengths[i], i), reverse=True):
        if not batches or (len(batches[-1]) + 1) * width > most_tokens:
            batches.append([])
            width = lengths[index]
        batches[-1].append(index)
    return batches


def by_tokens(lengths: Sequence[int], most_tokens: int) -> list[list[int]]:
    """Indices first-fit into micro-batches of at most `most_tokens` tokens without padding, longest first; what is
    longer is alone."""
    batches: list[list[int]] = []
    room: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        slot = next((i for i, left in enumerate(room) if left >= lengths[index]), None)
        if slot is None:
            batches.append([])
            room.append(most_tokens)
            slot = len(batches) - 1
        batches[slot].append(index)
        room[slot] -= lengths[index]
    return batches


def packed(examples: Sequence[Example], length: int) -> list[list[Example]]:
    """Examples first-fit into rows of at most `length` tokens, longest first."""
    return [[examples[i] for i in row] for row in by_tokens([len(ids) for ids, _ in examples], length)]
