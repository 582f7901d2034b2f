"""Group sequence policy optimisation: one ratio of probabilities for a completion, clipped as a whole.

It differs from GRPO only where the policy has moved from the one that wrote the batch: set updates_per_batch above 1.
"""

from gradus.training.algorithm import Algorithm, Preset
from gradus.training.surrogate import sequence_losses

ALGORITHM = Algorithm(
    source="Zheng et al. 2025, arXiv:2507.18071",
    difference="one length-normalised ratio for a whole completion, and so a narrow clip; no KL",
    equation=r"""
\hat A_i = \frac{R_i - \bar R}{\sigma + 10^{-4}}, \qquad s_i = \exp\left(\frac{1}{|o_i|} \sum_t \log r_{i,t}\right) \\
\ell_{i,t} = -\min\left(s_i \hat A_i,\; \mathrm{clip}(s_i, 1 - \epsilon_l, 1 + \epsilon_h)\, \hat A_i\right) \\
L = \frac{1}{N} \sum_i \frac{1}{|o_i|} \sum_t \ell_{i,t}
""",
    preset=Preset(
        rewards={"correct": 1.0},
        kl_coef=0.0,
        scale_advantages=True,
        clip_low=3e-4,  # section 5.1 of the paper, as the next one
        clip_high=4e-4,
        normalisation="sequence",
        dynamic_sampling=False,
    ),
    losses=sequence_losses,
)
