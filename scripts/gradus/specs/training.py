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
"""The family of models whose rule gives `learning_rate: auto`."""


class SftSpec(JobSettings, SftTraining):
    weights: WeightsSpec
    seed: int
    rate_family: RateFamily | None = None
    service: ServiceModel | None = None


class GrpoSpec(JobSettings, GrpoTraining):
    """Every setting has a value: that of the study, or of its algorithm's preset."""

    algorithm: str
    """Any name: checking it would load own code, which only the jobs that run it do."""
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
    """None where the backend subtracts the penalty from the advantages and not in the loss."""
    scale_advantages: bool
    clip_low: float
    clip_high: float
    normalisation: Literal["sequence", "token", "constant"]
    dynamic_sampling: bool
    rollouts: Rollouts = Rollouts()
    reference: WeightsSpec | None = None
    """The model that the KL divergence is measured from; None: `weights`."""
    reference_service: ServiceModel | None = None
    """The reference model's name at the service, for jobs there."""
    service: ServiceModel | None = None


class DpoSpec(JobSettings, DpoTraining):
    weights: WeightsSpec
    seed: int
    prompt: PromptSpec
    service: ServiceModel | None = None


FOUND_AS = {"learning_rate": "peak_learning_rate", "max_length": "max_length"}
"""Settings that may be known only once the job runs (`auto`, percentiles), with their keys in row 0 of its metrics."""

TraceTrainingSpec = SftSpec | DpoSpec
"""The settings of a job that trains on traces."""

TrainingSpec = TraceTrainingSpec | GrpoSpec
"""The settings of any job that trains an experiment."""

T = TypeVar("T", SftSpec, GrpoSpec, DpoSpec)
"""One of these classes."""
