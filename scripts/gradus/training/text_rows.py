"""Rows of a tokenised text: windows of the stream that do not overlap, but for the token that the last one predicts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gradus.corpora.shards import Shards, Split, TokenStream


class TextRows:
    """The rows of a split; len is how many there are."""

    def __init__(self, shards: Shards, folder: Path, split: Split, length: int) -> None:
        self._stream, self._length = TokenStream(folder, getattr(shards, split)), length

    def __len__(self) -> int:
        return max(0, len(self._stream) - 1) // self._length

    def batch(self, rows: Sequence[int]) -> Tensor:
        """Ids [B, length + 1]: all but the last are read, all but the first predicted."""
        found = [self._stream.read(row * self._length, self._length + 1) for row in rows]
        return torch.from_numpy(np.stack(found))


def row_order(rows: int, seed: int) -> np.ndarray:
    """A shuffle of so many rows that depends on the seed alone. numpy keeps the numbers of this generator for good."""
    return np.random.RandomState(seed % 2**32).permutation(rows)


def in_passes(rows: Sequence[int], size: int) -> list[list[int]]:
    """Rows in parts of at most `size`."""
    return [list(rows[start : start + size]) for start in range(0, len(rows), size)]
