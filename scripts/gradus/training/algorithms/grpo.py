"""Group relative policy optimisation, with the settings of DeepSeekMath."""

from gradus.training.algorithm import Algorithm, Preset

ALGORITHM = Algorithm(
    source="Shao et al. 2024, arXiv:2402.03300",
    difference="KL to a frozen reference, advantages over the group's standard deviation",
    equation=r"""
\hat A_i = \frac{R_i - \bar R}{\sigma + 10^{-4}} \\
\ell_{i,t} = -\min\left(r_{i,t} \hat A_i,\; \mathrm{clip}(r_{i,t}, 1 - \epsilon_l, 1 + \epsilon_h)\, \hat A_i\right)
+ \beta\, k_{i,t} \\
L = \frac{1}{N} \sum_i \frac{1}{|o_i|} \sum_t \ell_{i,t}
""",
    preset=Preset(
        rewards={"correct": 1.0},
        kl_coef=0.04,
        scale_advantages=True,
        clip_low=0.2,
        clip_high=0.2,
        normalisation="sequence",
        dynamic_sampling=False,
    ),
)
