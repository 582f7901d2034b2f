"""What tokens cost on the service."""

from collections.abc import Mapping

KINDS = ("prefill", "sample", "train")
"""Kinds of tokens, each with a price: read, generated, trained on."""

MILLION = 1_000_000


def dollars(price: Mapping[str, float], prefill: int = 0, sample: int = 0, train: int = 0) -> float:
    """`price`: dollars for a million tokens, by kind."""
    return sum(price[kind] * count for kind, count in zip(KINDS, (prefill, sample, train), strict=True)) / MILLION
