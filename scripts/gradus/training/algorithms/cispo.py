"""Clipped importance-sampling policy optimisation: the ratio is a weight on the log-probability, clipped from above.

The paper has no number for the upper clip; that of ScaleRL (arXiv:2510.13786), a ratio of at most 5, is taken.
"""

from gradus.training.algorithm import Algorithm, Preset

ALGORITHM = Algorithm(
    source="MiniMax 2025, arXiv:2506.13585",
    difference="a clipped ratio without a gradient of its own, so that every token keeps its gradient; DAPO's sampling",
    equation=r"""
\hat A_i = \frac{R_i - \bar R}{\sigma + 10^{-4}}, \qquad 0 < \#\{i : o_i \text{ is right}\} < G \\
\ell_{i,t} = -\mathrm{sg}\left[\min(r_{i,t},\; 1 + \epsilon_h)\right] \hat A_i \log \pi_\theta(o_{i,t}) \\
L = \frac{1}{\sum_i |o_i|} \sum_i \sum_t \ell_{i,t}
""",
    preset=Preset(
        rewards={"correct": 1.0, "overlong_ramp": 0.5},
        kl_coef=0.0,
        scale_advantages=True,
        clip_low=1.0,
        clip_high=4.0,
        normalisation="token",
        dynamic_sampling=True,
        loss="cispo",
    ),
)
