"""GRPO done right: token losses are summed and not averaged over a completion, advantages are not scaled."""

from gradus.training.algorithm import Algorithm, Preset

ALGORITHM = Algorithm(
    source="Liu et al. 2025, arXiv:2503.20783",
    difference="neither KL nor the two biases, of length and of difficulty",
    equation=r"""
\hat A_i = R_i - \bar R \\
\ell_{i,t} = -\min\left(r_{i,t} \hat A_i,\; \mathrm{clip}(r_{i,t}, 1 - \epsilon_l, 1 + \epsilon_h)\, \hat A_i\right) \\
L = \frac{1}{N T} \sum_i \sum_t \ell_{i,t}
""",
    preset=Preset(
        rewards={"correct": 1.0},
        kl_coef=0.0,
        scale_advantages=False,
        clip_low=0.2,
        clip_high=0.2,
        normalisation="constant",
        dynamic_sampling=False,
    ),
)
