"""Maximum-likelihood reinforcement learning: advantages over the rate of success, so that rare successes count more.

The gradient of log P(right) is the sum over k of that of pass@k, over k. The mean score of the right completions of a
group is an unbiased estimate of its first G terms; with the mean score of all as a baseline, which groups with no right
one have not, it has this advantage and is one of the first G - 1. The paper's rewards are 0 and 1. Other rewards that
are not negative are divided by their mean all the same. Penalties may bring the mean near zero or below: it is taken to
be the largest reward over G at least, which changes nothing where no reward is negative, and a group without a positive
reward has no success to learn from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradus.training.advantages import centred
from gradus.training.algorithm import Algorithm, Preset

if TYPE_CHECKING:
    from torch import Tensor


def over_success_rate(rewards_P_G: Tensor, scale: bool) -> Tensor:
    """Advantages [P, G]: the reward less the mean of its group, over that mean; zero in groups without success."""
    centred_P_G = centred(rewards_P_G)
    if not scale:
        return centred_P_G
    best_P = rewards_P_G.amax(dim=1)
    rate_P = rewards_P_G.mean(dim=1).maximum(best_P / rewards_P_G.shape[1])
    return (centred_P_G / rate_P[:, None]).where((best_P > 0)[:, None], 0.0)


ALGORITHM = Algorithm(
    source="Tajwar et al. 2026, arXiv:2602.02710",
    difference="advantages over the group's mean reward, which is the gradient of log P(right) as the group grows",
    equation=r"""
\hat A_i = \frac{R_i - \bar R}{\bar R}, \qquad \hat A_i = 0 \text{ where no completion of the group succeeds} \\
\ell_{i,t} = -\min\left(r_{i,t} \hat A_i,\; \mathrm{clip}(r_{i,t}, 1 - \epsilon_l, 1 + \epsilon_h)\, \hat A_i\right) \\
L = \frac{1}{\sum_i |o_i|} \sum_i \sum_t \ell_{i,t}
""",
    preset=Preset(
        rewards={"correct": 1.0},
        kl_coef=0.0,
        scale_advantages=True,
        clip_low=0.2,
        clip_high=0.2,
        normalisation="token",
        dynamic_sampling=False,
    ),
    advantages=over_success_rate,
)
