"""TRL's names for what the ratio of probabilities is over. Nothing here imports TRL: planning reads it."""

from typing import Literal

from gradus.training.surrogate import TokenLosses, sequence_losses, token_losses

RATIO_LEVELS: dict[TokenLosses, Literal["token", "sequence"]] = {token_losses: "token", sequence_losses: "sequence"}
"""The losses that TRL computes itself; an algorithm with others is refused."""
