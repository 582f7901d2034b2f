"""Settings of the jobs that grade, count votes, compare and make tables."""

from typing import Literal

from pydantic import Field

from gradus.specs.base import JobSettings, Plugin
from gradus.specs.prompts import PromptSpec
from gradus.study.settings.base import Settings
from gradus.study.settings.evaluation import Family, Grading, Metric, PartColumn, Weighting
from gradus.study.settings.published import PublishedLosses, PublishedNumber
from gradus.study.settings.truncation import Truncation


class Protocol(Truncation):
    """How a benchmark's answers are drawn."""

    temperature: float
    max_tokens: int
    samples: int


Runs = dict[str, list[str]]
"""The names of each experiment's training runs, by the experiments in the order of the table."""


class ScoreSamplesSpec(JobSettings):
    """`experiment`: the training run, by its name. `cluster`: the column whose entries say which problems belong
    together. `parts`: the column whose entries are parts with a score of their own."""

    experiment: str
    benchmark: str
    grading: Grading
    cluster: str | None = None
    parts: PartColumn | None = None
    protocol: Protocol
    prompt: PromptSpec


class ScoreLikelihoodsSpec(JobSettings):
    """`experiment`, `cluster` and `parts` as in `ScoreSamplesSpec`. `metric`: how options are compared."""

    experiment: str
    benchmark: str
    metric: Metric
    cluster: str | None = None
    parts: PartColumn | None = None


class CountVotesSpec(JobSettings):
    """`experiment`: the training run, by its name. `rewards`: the parts that votes are weighted by, where `weights` has
    "reward"."""

    experiment: str
    benchmark: str
    k: list[int]
    weights: list[Weighting]
    max_tokens: int
    rewards: dict[str, Plugin]
    grading: Grading
    seed: int


class TableBenchmark(Settings):
    """A column of the table. `metric`: how options are compared; None: answers are written and graded. `parts`: the
    column of its problems that names their parts; None: it has none."""

    name: str
    title: str
    metric: Metric | None = None
    parts: PartColumn | None = None


class TableExperiment(Settings):
    """A row of the table.

    `runs`: names of its training runs. `trained`: whether it or an experiment it starts from trains anything. `asked`:
    the benchmarks it is evaluated on; None: all. `published`: accuracies by benchmark, as shares; `published_parts`: by
    benchmark and part.
    """

    name: str
    title: str
    description: str
    parent: str
    checkpoint: int | Literal["best"] | None
    stage: str
    backend: str
    method: str
    runs: list[str]
    trained: bool
    asked: list[str] | None = None
    published: dict[str, PublishedNumber] = Field(default_factory=dict)
    published_parts: dict[str, dict[str, PublishedNumber]] = Field(default_factory=dict)


Cells = list[tuple[str, str]]
"""Pairs of a training run and a benchmark it is evaluated on."""


class Table(JobSettings):
    """Rows and columns of the ablation table. `published_from`: who published the reference values. `family`: the
    comparisons that p-values are adjusted over."""

    study: str
    title: str
    seed: int
    benchmarks: list[TableBenchmark]
    experiments: list[TableExperiment]
    baseline: str
    family: Family = "benchmark"
    published_from: str = ""

    @property
    def cells(self) -> Cells:
        """In the order of the table."""
        return [
            (run, benchmark.name)
            for experiment in self.experiments
            for run in experiment.runs
            for benchmark in self.benchmarks
            if experiment.asked is None or benchmark.name in experiment.asked
        ]

    @property
    def written_cells(self) -> Cells:
        """The cells whose answers are written and graded; in the others, likelihoods are measured."""
        written = {benchmark.name for benchmark in self.benchmarks if benchmark.metric is None}
        return [(run, benchmark) for run, benchmark in self.cells if benchmark in written]


class MakeAblationSpec(Table):
    """The table itself."""


class VotedExperiment(Settings):
    """An experiment with votes on a benchmark. `runs` and `trained` as in `TableExperiment`."""

    experiment: str
    benchmark: str
    runs: list[str]
    trained: bool


class MakeVotesTableSpec(JobSettings):
    """`votes`: in the order of the tables, with samples drawn at `temperature`.

    `published`: experiment -> benchmark -> `alone`, `maj@k`, `pass@k` -> share.
    """

    votes: list[VotedExperiment]
    temperature: float
    titles: dict[str, str]
    published: dict[str, dict[str, dict[str, float]]] = Field(default_factory=dict)
    published_from: str = ""


class MakeVerifierTableSpec(JobSettings):
    """`titles`: of runs and benchmarks, by their names."""

    titles: dict[str, str]


class MakeTokenUseTableSpec(JobSettings):
    """The cells in the order of the table. `titles`: of experiments and benchmarks, by their names. `published`: tokens
    per response, by experiment, benchmark and family."""

    runs: Runs
    benchmarks: list[str]
    titles: dict[str, str]
    published: dict[str, dict[str, dict[str, float]]] = Field(default_factory=dict)
    published_from: str = ""


class TrainedStage(Settings):
    """A supervised fine-tuning, or a model's pretraining on a text, which has no parent. `number`: its place in the
    chain of fine-tunings, counted from 1; 0: a pretraining."""

    experiment: str
    title: str
    parent: str
    number: int
    traces: list[str]
    runs: list[str]
    published: PublishedLosses = PublishedLosses()


class MakeStagesTableSpec(JobSettings):
    """`titles`: of models and experiments, by their names."""

    stages: list[TrainedStage]
    titles: dict[str, str]
    published_from: str = ""


Role = Literal["primary", "pair", "parent", "baseline"]
"""Why two experiments are compared: they are the study's primary pair, a pair it declares, `b` was trained from `a`, or
`a` is the baseline."""


class ComparedPair(Settings):
    """Differences are `b` minus `a`. `question`: what the study asks about them. `paired_runs`: whether run K of one
    was trained from run K of the other."""

    a: str
    b: str
    role: Role
    question: str = ""
    paired_runs: bool = False


class CompareExperimentsSpec(JobSettings):
    """`margin`: the largest difference that counts as equivalent, a share; None: not tested."""

    runs: Runs
    benchmarks: list[str]
    compared: list[ComparedPair]
    family: Family
    margin: float | None


class MeasureCompletionsSpec(JobSettings):
    """The cells in the order of the table."""

    runs: Runs
    benchmarks: list[str]


class CompareGradersSpec(JobSettings):
    """`benchmarks`: names with their problem sets. `pairs`: answers per benchmark that other graders judge."""

    runs: Runs
    benchmarks: list[tuple[str, str]]
    pairs: int
