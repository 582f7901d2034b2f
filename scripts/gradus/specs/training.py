"""Settings of the jobs that train an experiment."""

from typing import Literal, TypeVar

from gradus.specs.base import JobSettings, Plugin
from gradus.specs.models import ServiceModel, WeightsSpec
from gradus.specs.prompts import PromptSpec
from gradus.study.settings.dpo import DpoTraining
from gradus.study.settings.evaluation import Grading
from gradus.study.settings.grpo import GrpoTraining, KlEstimator, Rollouts, SurrogateLoss
from gradus.study.settings.training import SftTraining

RateFamily = Literal["qwen", "llama"]
"""Of a model, by whose rule `learning_rate: auto` is found."""


class SftSpec(JobSettings, SftTraining):
    weights: WeightsSpec
    seed: int
    rate_family: RateFamily | None = None
    service: ServiceModel | None = None


class GrpoSpec(JobSettings, GrpoTraining):
    """What an algorithm's preset gives where the study says nothing is here as it is."""

    algorithm: str
    """Own code is loaded by the jobs that run it, not by all that read this spec."""
    weights: WeightsSpec
    seed: int
    rate_family: RateFamily | None = None
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
    reference: WeightsSpec | None = None
    """What the KL is measured against; None: `weights`."""
    reference_service: ServiceModel | None = None
    """Which of a service's models that is, for a job there."""
    service: ServiceModel | None = None


class DpoSpec(JobSettings, DpoTraining):
    weights: WeightsSpec
    seed: int
    prompt: PromptSpec
    service: ServiceModel | None = None


FOUND_AS = {"learning_rate": "peak_learning_rate", "max_length": "max_length"}
"""Settings that a job may only know when it has begun, by what they are in the row of step 0 of its metrics."""

TraceTrainingSpec = SftSpec | DpoSpec
"""Of jobs that train on traces."""

TrainingSpec = TraceTrainingSpec | GrpoSpec
"""Of any job that trains an experiment."""

T = TypeVar("T", SftSpec, GrpoSpec, DpoSpec)
"""Of one kind of them."""
