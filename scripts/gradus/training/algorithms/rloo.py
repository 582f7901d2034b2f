"""REINFORCE leave-one-out: the baseline of a completion is the mean reward of the others of its group.

A completion is one action in the paper, so its token losses are summed and not averaged (`constant` divides them by the
same number for all). Differs from the paper where a batch gets several updates, which the paper does not make: the
ratio is that of each token, clipped as in PPO (of the completion in TRL's RLOOTrainer); and the KL penalty, which is in
the paper's reward and there, is in the loss, where kl_estimator: k2 has the gradient that is most like it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradus.training.advantages import group_advantages
from gradus.training.algorithm import Algorithm, Preset

if TYPE_CHECKING:
    from torch import Tensor


def leave_one_out(rewards_P_G: Tensor, scale: bool) -> Tensor:
    """Advantages [P, G]: the reward less the mean of the G - 1 others, which is G / (G - 1) times that less the mean of
    all G; over the group's standard deviation where `scale` is set, as the paper does not."""
    size = rewards_P_G.shape[1]
    return group_advantages(rewards_P_G, scale) * (size / (size - 1))


ALGORITHM = Algorithm(
    source="Ahmadian et al. 2024, arXiv:2402.14740",
    difference="each completion against the mean of the others, losses summed over a completion",
    equation=r"""
\hat A_i = R_i - \frac{1}{G - 1} \sum_{j \neq i} R_j = \frac{G}{G - 1} (R_i - \bar R) \\
\ell_{i,t} = -\min\left(r_{i,t} \hat A_i,\; \mathrm{clip}(r_{i,t}, 1 - \epsilon_l, 1 + \epsilon_h)\, \hat A_i\right)
+ \beta\, k_{i,t} \\
L = \frac{1}{N T} \sum_i \sum_t \ell_{i,t}
""",
    preset=Preset(
        rewards={"correct": 1.0},
        kl_coef=0.05,  # TRL's default
        scale_advantages=False,
        clip_low=0.2,
        clip_high=0.2,
        normalisation="constant",
        dynamic_sampling=False,
    ),
    advantages=leave_one_out,
)
