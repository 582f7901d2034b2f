"""Decoupled clip and dynamic sampling policy optimisation."""

from gradus.training.algorithm import Algorithm, Preset

ALGORITHM = Algorithm(
    source="Yu et al. 2025, arXiv:2503.14476",
    difference="asymmetric clip, dynamic sampling, token-level mean, soft overlong punishment",
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
