"""Settings of the jobs that sample: an experiment on a benchmark, a teacher for traces."""

from gradus.specs.base import JobSettings
from gradus.specs.models import ServiceModel, WeightsSpec
from gradus.specs.prompts import PromptSpec


class Drawn(JobSettings):
    """How answers are drawn."""

    weights: WeightsSpec
    sampler: str
    prompt: PromptSpec
    samples: int
    temperature: float
    max_tokens: int
    seed: int
    service: ServiceModel | None = None


class SampleBenchmarkSpec(Drawn):
    """An experiment on a benchmark's problems."""


class SampleTracesSpec(Drawn):
    """A teacher on problem sets, which are joined."""

    sets: list[str]
