"""Decoupled clip and dynamic sampling policy optimisation."""

from gradus.training.algorithm import Algorithm, Preset

ALGORITHM = Algorithm(
    source="Yu et al. 2025, arXiv:2503.14476",
    difference="asymmetric clip, dynamic sampling, token-level mean, soft overlong punishment",
    equation=r"""
\hat A_i = \frac{R_i - \bar R}{\sigma + 10^{-4}}, \qquad 0 < \#\{i : o_i \text{ is right}\} < G \\
\ell_{i,t} = -\min\left(r_{i,t} \hat A_i,\; \mathrm{clip}(r_{i,t}, 1 - \epsilon_l, 1 + \epsilon_h)\, \hat A_i\right) \\
L = \frac{1}{\sum_i |o_i|} \sum_i \sum_t \ell_{i,t}
""",
    preset=Preset(
        rewards={"correct": 1.0, "overlong_ramp": 0.5},
        kl_coef=0.0,
        scale_advantages=True,
        clip_low=0.2,
        clip_high=0.28,
        normalisation="token",
        dynamic_sampling=True,
    ),
)
