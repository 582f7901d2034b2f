"""Floating-point operations of a model's matrix products, for the share of a GPU's peak that a run reaches.

Only what has to be computed counts: neither what checkpointing computes again, nor padding, nor a prompt that is read
once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gradus.estimates.shape import Shape

PEAK_BF16_FLOPS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12, "4090": 165e12}
"""Dense bfloat16 products a second, by a part of the device's name: the makers' data sheets (of the SXM versions)."""


@dataclass(frozen=True)
class Work:
    """tokens: that are read. predicted: of these, where the vocabulary is computed. context: how many tokens each
    attends to on average, itself among them; half of a text's length where it attends to its past."""

    tokens: float
    predicted: float
    context: float


def forward_flops(shape: Shape, work: Work) -> float:
    """Two for each multiplication and addition."""
    return _matrices(shape, work) + _head(shape, work) + _attention(shape, work)


def training_flops(shape: Shape, work: Work, rank: int = 0, targets: Sequence[str] = ()) -> float:
    """Forward and back. Weights that are trained cost as much again for their gradient as for that of their inputs.

    rank, targets: of an adapter, beside which all weights are frozen; 0: all are trained.
    """
    adapter = 2 * shape.adapter(rank, targets) * work.tokens if rank else 0
    times = 2 if rank else 3
    return times * (_matrices(shape, work) + _head(shape, work)) + 3 * (_attention(shape, work) + adapter)


def peak_flops(device: str) -> float | None:
    """Of a GPU of this name in bfloat16, in a second; None where it is not known here."""
    return next((flops for part, flops in PEAK_BF16_FLOPS.items() if part in device), None)


def _matrices(shape: Shape, work: Work) -> float:
    return 2 * shape.matrices * work.tokens


def _head(shape: Shape, work: Work) -> float:
    return 2 * shape.vocabulary * shape.hidden * work.predicted


def _attention(shape: Shape, work: Work) -> float:
    """Queries by keys, and shares by values; in linear attention what the state holds of a key is read, corrected and
    read again by the query, three products of it."""
    linear = shape.linear
    states = 0 if linear is None else 6 * linear.layers * linear.values * linear.key_head
    return (4 * shape.attending * shape.queries * work.context + states) * work.tokens
