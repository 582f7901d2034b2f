"""Settings of the jobs that sample: an experiment on a benchmark, a teacher for traces."""

from gradus.specs.base import JobSettings
from gradus.specs.models import ServiceModel, WeightsSpec
from gradus.specs.prompts import PromptSpec
from gradus.study.settings.problems import SubsetProblems
from gradus.study.settings.truncation import Truncation


class Reading(JobSettings):
    """Whose job it is: weights, and what reads them."""

    weights: WeightsSpec
    sampler: str
    service: ServiceModel | None = None


class Asking(Reading):
    """Who is asked. `max_tokens`: the longest completion."""

    max_tokens: int


class Drawn(Asking, Truncation):
    """How answers are drawn."""

    prompt: PromptSpec
    samples: int
    temperature: float
    seed: int


class SampleBenchmarkSpec(Drawn):
    """An experiment on a benchmark's problems."""


class MeasureLikelihoodsSpec(Reading):
    """An experiment on the options of a benchmark's problems: how likely each is after the text that it continues."""


class SampleTracesSpec(Drawn):
    """A teacher on problem sets, which are joined."""

    sets: list[str]


class SampleProblemsSpec(SampleTracesSpec):
    """A model on a problem set, to see how often it solves its problems.

    `filters`: which of the problems are asked. `set`: what they are chosen for, in messages.
    """

    set: str
    filters: SubsetProblems


class VerifySamplesSpec(Asking):
    """A verifier on a run's votes on a benchmark: the probability that each completion is right.

    `weights` are the verifier's, and `max_tokens` is of the completions. `question`: what it was trained to answer.
    """

    experiment: str
    benchmark: str
    question: str
