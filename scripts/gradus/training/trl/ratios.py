"""TRL's names for what the ratio of probabilities is over. Nothing here imports TRL: planning reads it."""

from gradus.training.surrogate import sequence_losses, token_losses

RATIO_LEVELS = {token_losses: "token", sequence_losses: "sequence"}
"""The losses that TRL computes itself; an algorithm with others is refused."""
