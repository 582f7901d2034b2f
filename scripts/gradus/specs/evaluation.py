"""Settings of the jobs that grade, count votes, compare and make tables."""

from typing import Literal

from pydantic import Field

from gradus.specs.base import JobSettings, Plugin
from gradus.specs.prompts import PromptSpec
from gradus.study.settings.base import Settings
from gradus.study.settings.evaluation import Grading


class Protocol(Settings):
    """How a benchmark's answers are drawn."""

    temperature: float
    max_tokens: int
    samples: int


class ScoreSamplesSpec(JobSettings):
    experiment: str
    benchmark: str
    grading: Grading
    protocol: Protocol
    prompt: PromptSpec


class CountVotesSpec(JobSettings):
    """`rewards`: the parts that votes are weighted by, where `weights` has "reward"."""

    experiment: str
    benchmark: str
    k: list[int]
    weights: list[Literal["length", "inverse_length", "reward"]]
    max_tokens: int
    rewards: dict[str, Plugin]
    grading: Grading
    seed: int


class TableBenchmark(Settings):
    """A column of the table."""

    name: str
    title: str


class TableExperiment(Settings):
    """A row of the table. `published`: accuracies by benchmark, as shares."""

    name: str
    title: str
    description: str
    parent: str
    checkpoint: int | Literal["best"] | None
    stage: str
    backend: str
    method: str
    published: dict[str, float] = Field(default_factory=dict)


class Table(JobSettings):
    """Rows and columns of the ablation table. `published_from`: who published the reference values."""

    study: str
    title: str
    seed: int
    benchmarks: list[TableBenchmark]
    experiments: list[TableExperiment]
    baseline: str
    published_from: str = ""


class MakeAblationSpec(Table):
    """The table itself."""


class MakeVotesTableSpec(JobSettings):
    """`votes`: (experiment, benchmark), with samples drawn at `temperature`.

    `published`: experiment -> benchmark -> `alone`, `maj@k`, `pass@k` -> share.
    """

    votes: list[tuple[str, str]]
    temperature: float
    titles: dict[str, str]
    published: dict[str, dict[str, dict[str, float]]] = Field(default_factory=dict)
    published_from: str = ""


class CompareExperimentsSpec(JobSettings):
    experiments: list[str]
    benchmarks: list[str]
    pairs: list[tuple[str, str]]
    baseline: str
    seed: int


class MeasureCompletionsSpec(JobSettings):
    """Which cells are measured, in the order of the table."""

    experiments: list[str]
    benchmarks: list[str]


class CompareGradersSpec(JobSettings):
    """`benchmarks`: names with their problem sets. `pairs`: answers per benchmark that other graders judge."""

    experiments: list[str]
    benchmarks: list[tuple[str, str]]
    pairs: int
