"""Group relative policy optimisation, with the settings of DeepSeekMath."""

from gradus.training.algorithm import Algorithm, Preset

ALGORITHM = Algorithm(
    source="Shao et al. 2024, arXiv:2402.03300",
    difference="KL to a frozen reference, advantages over the group's standard deviation",
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
