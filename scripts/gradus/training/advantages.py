"""Advantages relative to the group. Nothing here imports torch: algorithms are read when a study is planned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor

Advantages: TypeAlias = "Callable[[Tensor, bool], Tensor]"
"""From rewards [P, G] of the P groups of a step to advantages [P, G]; whether `scale_advantages` is set."""

TokenAdvantages: TypeAlias = "Callable[[Tensor, Tensor], Tensor]"
"""From log-probabilities of tokens at sampling and under a teacher to advantages, all of one shape."""

EPSILON = 1e-4
"""Added to a standard deviation that advantages are divided by, as in TRL."""


def group_advantages(rewards_P_G: Tensor, scale: bool) -> Tensor:
    """Advantage [P, G] of each completion against its group of G for the same problem.

    The reward less the group's mean (Shao et al. 2024, arXiv:2402.03300), over the group's standard deviation where
    `scale` is set. The deviation is the sample's (n - 1), as in TRL; Dr. GRPO (arXiv:2503.20783) leaves it out
    because it weighs very easy and very hard problems up. A group whose rewards are all the same has zeros, exactly:
    what rounding leaves of its mean would be divided by next to nothing.
    """
    centred_P_G = centred(rewards_P_G)
    return centred_P_G / (rewards_P_G.std(dim=1, keepdim=True) + EPSILON) if scale else centred_P_G


def centred(rewards_P_G: Tensor) -> Tensor:
    """Rewards [P, G] less the mean of their groups; exactly zero where a group's are all the same."""
    return (rewards_P_G - rewards_P_G.mean(dim=1, keepdim=True)).where(informative(rewards_P_G)[:, None], 0.0)


def informative(rewards_P_G: Tensor) -> Tensor:
    """Which groups [P] have advantages at all: those whose rewards are not all the same."""
    return rewards_P_G.amax(dim=1) - rewards_P_G.amin(dim=1) > 1e-9
