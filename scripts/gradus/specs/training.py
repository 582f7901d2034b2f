"""Settings of the jobs that train an experiment."""

from typing import Literal, TypeVar

from gradus.specs.base import JobSettings, Plugin
from gradus.specs.models import ServiceModel, WeightsSpec
from gradus.specs.prompts import PromptSpec
from gradus.study.settings.evaluation import Grading
from gradus.study.settings.training import GrpoTraining, KlEstimator, Rollouts, SftTraining, SurrogateLoss


class SftSpec(JobSettings, SftTraining):
    weights: WeightsSpec
    seed: int
    service: ServiceModel | None = None


class GrpoSpec(JobSettings, GrpoTraining):
    """What an algorithm's preset gives where the study says nothing is here as it is."""

    weights: WeightsSpec
    seed: int
    prompt: PromptSpec
    grading: Grading
    rewards: dict[str, Plugin]
    """The parts of the reward by name, each with its weight and settings."""
    loss: SurrogateLoss
    kl_coef: float
    kl_estimator: KlEstimator | None
    """None where the backend has the penalty elsewhere than in the loss."""
    scale_advantages: bool
    clip_low: float
    clip_high: float
    normalisation: Literal["sequence", "token", "constant"]
    dynamic_sampling: bool
    rollouts: Rollouts = Rollouts()
    service: ServiceModel | None = None


TrainingSpec = SftSpec | GrpoSpec
"""Of any job that trains an experiment."""

T = TypeVar("T", SftSpec, GrpoSpec)
"""Of one kind of them."""
