"""REINFORCE++ with a baseline: the mean of the group is subtracted, and the whole batch divides by one deviation.

The paper has two variants. Without a baseline, one completion of a problem is enough; this is the other one, "w/
Baseline", which it recommends for reasoning, since here every problem has a group. The batch's deviation is over
completions, each counting once, with n - 1 as everywhere here, so that the mean over the batch is zero already;
OpenRLHF and verl count each completion as often as it has tokens. The KL penalty is in the loss, as its k2 estimate;
its weight is that of OpenRLHF's example.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradus.training.advantages import EPSILON, centred
from gradus.training.algorithm import Algorithm, Preset

if TYPE_CHECKING:
    from torch import Tensor


def batch_normalised(rewards_P_G: Tensor, scale: bool) -> Tensor:
    """Advantages [P, G]: the reward less the mean of its group, over the deviation of these in the whole batch."""
    centred_P_G = centred(rewards_P_G)
    return centred_P_G / (centred_P_G.std() + EPSILON) if scale else centred_P_G


ALGORITHM = Algorithm(
    source="Hu et al. 2025, arXiv:2501.03262",
    difference="advantages against the group's mean, over the standard deviation of the whole batch; k2 in the loss",
    equation=r"""
\hat A_i = \frac{R_i - \bar R}{\sigma_B + 10^{-4}}, \qquad
\sigma_B^2 = \frac{1}{N - 1} \sum_{j \in \text{batch}} (R_j - \bar R_j)^2 \\
\ell_{i,t} = -\min\left(r_{i,t} \hat A_i,\; \mathrm{clip}(r_{i,t}, 1 - \epsilon_l, 1 + \epsilon_h)\, \hat A_i\right)
+ \beta\, k_{i,t} \\
L = \frac{1}{\sum_i |o_i|} \sum_i \sum_t \ell_{i,t}
""",
    preset=Preset(
        rewards={"correct": 1.0},
        kl_coef=0.001,
        scale_advantages=True,
        clip_low=0.2,
        clip_high=0.2,
        normalisation="token",
        dynamic_sampling=False,
        kl_estimator="k2",
    ),
    advantages=batch_normalised,
)
