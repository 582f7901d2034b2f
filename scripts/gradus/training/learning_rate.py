"""The learning rate that `learning_rate: auto` is for a model.

The rule of Tinker's cookbook for adapters, found by sweeps of supervised fine-tuning there: 5e-5, ten times that for an
adapter ("LoRA Without Regret", Schulman et al. 2025, https://thinkingmachines.ai/blog/lora/), times a power of the
model's width that differs by family. Source: `get_lr` of tinker_cookbook/hyperparam_utils.py at commit e1024a4 of
github.com/thinking-machines-lab/tinker-cookbook. It is for alpha = 32, which is Tinker's, at any rank, and says nothing
of the batch.
"""

from typing import Any

from gradus.models.opened import ModelFolders
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.provenance.job import Job
from gradus.specs.training import RateFamily, TrainingSpec

BASE = 5e-5
OF_ADAPTERS = 10
WIDTH = 2000
EXPONENTS: dict[RateFamily, float] = {"llama": 0.781, "qwen": 0.0775}


def auto_rate(family: RateFamily, hidden: int) -> float:
    """For an adapter on a model of this family whose residual stream has `hidden` numbers."""
    return BASE * OF_ADAPTERS * (WIDTH / hidden) ** EXPONENTS[family]


def resolve_learning_rate(job: Job[Any], model: ModelFolders) -> None:
    """Put the number for the job's model in the place of `auto` in its settings, and log it.

    Raises GradusError where the model's config says no width.
    """
    family = getattr(job.settings, "rate_family", None)
    if family is None:
        return
    hidden = _width(model)
    rate = auto_rate(family, hidden)
    job.settings = job.settings.model_copy(update={"learning_rate": rate})
    rule = f"{BASE:g} x {OF_ADAPTERS} x ({WIDTH} / {hidden}) ^ {EXPONENTS[family]}"
    job.log(f"learning_rate: auto is {rate:.4g} = {rule}, the cookbook's rule for adapters on {family.capitalize()}")


def peak_rate(settings: TrainingSpec) -> float:
    """The peak learning rate of a job that has begun."""
    assert settings.learning_rate != "auto"  # `resolve_learning_rate` comes before
    return settings.learning_rate


def _width(model: ModelFolders) -> int:
    path = model.dense / "config.json"
    config = read_json(path)
    width = config.get("text_config", config).get("hidden_size")
    if not isinstance(width, int):
        raise GradusError(f"{path}: says no hidden_size, by which learning_rate: auto goes; name a learning_rate")
    return width
