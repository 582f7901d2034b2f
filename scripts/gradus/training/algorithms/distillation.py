"""On-policy distillation: each token that the student writes is rewarded by how much likelier it is to the teacher.

The reverse KL of a token's distribution, KL(student || teacher), is the mean of log(student / teacher) over tokens that
the student draws, so minus that is an advantage of each token by itself: a token's effect on later ones is left out, as
with the discount of 0 in the published code. That is
https://github.com/thinking-machines-lab/tinker-cookbook, tinker_cookbook/distillation/train_on_policy.py
(incorporate_kl_penalty), with its `kl_penalty_coef: 1`, `loss_fn: importance_sampling` and four completions a problem,
of which one is enough here: nothing is relative to the group unless a part of the reward has a weight. Such a part's
advantage, less the group's mean, is added, as there.

Differs from it: the published code adds the tokens' losses up, which here are averaged over the batch's tokens (Adam's
steps do not depend on the factor, the clip of the gradient does). From GKD (Agarwal et al. 2024, arXiv:2306.13649) and
TRL's DistillationTrainer: these follow the divergence over the whole vocabulary at each position, through the student's
logits; this takes the log-probabilities of the sampled tokens alone, which a service can give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradus.training.algorithm import Algorithm, Preset

if TYPE_CHECKING:
    from torch import Tensor


def minus_reverse_kl(old: Tensor, teacher: Tensor) -> Tensor:
    """How much likelier each token is to the teacher than it was to the student that drew it, in nats."""
    return teacher - old


ALGORITHM = Algorithm(
    source="Lu and Thinking Machines 2025, doi:10.64434/tml.20251026",
    difference="a token's advantage is minus its reverse KL to a teacher; no reward is needed",
    equation=r"""
\hat A_{i,t} = R_i - \bar R + \log \pi_\text{teacher}(o_{i,t}) - \log \pi_\text{old}(o_{i,t}) \\
\ell_{i,t} = -r_{i,t} \hat A_{i,t} \\
L = \frac{1}{\sum_i |o_i|} \sum_i \sum_t \ell_{i,t}
""",
    preset=Preset(
        rewards={"correct": 0.0},
        kl_coef=0.0,
        scale_advantages=False,
        clip_low=0.2,
        clip_high=0.2,
        normalisation="token",
        dynamic_sampling=False,
        loss="importance_sampling",
    ),
    token_advantages=minus_reverse_kl,
)
