"""Settings of the jobs that sample: an experiment on a benchmark, a teacher for traces."""

from gradus.specs.base import JobSettings
from gradus.specs.models import ServiceModel, WeightsSpec
from gradus.specs.prompts import PromptSpec
from gradus.study.settings.problems import SubsetProblems
from gradus.study.settings.truncation import Truncation


class Reading(JobSettings):
    """The model and the sampler that loads it. `service`: the model's name at a service, for jobs there."""

    weights: WeightsSpec
    sampler: str
    service: ServiceModel | None = None


class Asking(Reading):
    """`max_tokens`: the longest completion, in tokens."""

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
    """An experiment on a benchmark's options: the likelihood of each as the continuation of its problem."""


class SampleTracesSpec(Drawn):
    """A teacher on several problem sets, in one job."""

    sets: list[str]


class SampleProblemsSpec(SampleTracesSpec):
    """A model on a problem set, to measure how often it solves each problem.

    `filters`: which of the problems are asked. `set`: the set they are chosen for, in messages.
    """

    set: str
    filters: SubsetProblems


class VerifySamplesSpec(Asking):
    """A verifier on a run's samples for votes: the probability that each completion is right.

    `weights`: of the verifier. `max_tokens`: of the completions. `question`: what the verifier was trained to answer.
    """

    experiment: str
    benchmark: str
    question: str
