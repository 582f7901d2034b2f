"""What a report is made of: plain loaded data, and the types of its parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict

from gradus.evaluation.ablation_table import Ablation, Column, Row
from gradus.evaluation.comparison_table import Comparison
from gradus.evaluation.completion_lengths import LengthRow
from gradus.evaluation.opinions import BenchmarkOpinions
from gradus.evaluation.pass_at_k import PassCurve
from gradus.evaluation.scores import Score
from gradus.evaluation.stages_table import StageLosses
from gradus.evaluation.votes.cells import VotedCell
from gradus.reporting.ledger import LedgerRow
from gradus.reporting.recipe import Recipe
from gradus.study.settings.published import PublishedNumber


class Turn(TypedDict):
    """One turn of a conversation. `role`: assistant, or tool for what answered."""

    role: str
    content: str


class Sample(TypedDict):
    """One completion with its verdict: of a training run, the `sample`-th answer to the problem `id`, from 0.

    `correct` is None where the grader could not tell. `earlier`: where an environment answered the model, what was said
    before the last turn, which is `text`.
    """

    run: str
    id: str
    sample: int
    text: str
    tokens: int
    finish_reason: str
    answer: str | None
    correct: bool | None
    earlier: NotRequired[list[Turn]]


class Problem(TypedDict):
    """One problem of a benchmark."""

    id: str
    problem: str
    answer: str
    level: int | None
    subject: str | None


Metrics = list[dict[str, object]]
"""The lines of a run's metrics.jsonl: `step` and whatever the training measured there."""


class Tokens(TypedDict):
    """Lengths of traces."""

    median: float
    p95: float
    max: int


class TraceSummary(TypedDict, total=False):
    """`traces/<set>.summary.json`. A published set has no completions to choose from."""

    problems: int
    completions: int
    kept: int
    dropped: dict[str, int]
    tokens: Tokens


class TrainedTraces(TypedDict):
    """The traces that an experiment trains on, in its model's tokens: how many `max_length` cuts."""

    rows: int
    tokens: Tokens
    cut: int
    cut_share: float


class TraceLengths(TypedDict):
    """`lengths/<experiment>.json`. `warning`: a line where many traces are cut."""

    max_length: int
    all: TrainedTraces
    warning: NotRequired[str | None]


class SearchedSet(TypedDict):
    """A training set that was searched for benchmark problems, by benchmark how many were found."""

    kind: str
    set: str
    rows: int
    overlapping: int
    near: int
    benchmarks: dict[str, int]


class SharedProblem(TypedDict):
    """A benchmark problem and its copy in another set. `kind`: exact, the n-gram that `share` is of, or near."""

    benchmark: str
    id: str
    problem: str
    other_kind: str
    other: str
    other_row: int
    other_id: str
    other_problem: str
    kind: str
    share: float


class Contamination(TypedDict):
    """`contamination.json`. `shares`: the share of n-grams that makes a copy, by n."""

    policy: str
    near: str
    shares: dict[str, float]
    training: list[SearchedSet]
    benchmarks: dict[str, int]
    pairs: list[SharedProblem]


@dataclass(frozen=True)
class Provenance:
    """What the results were made by. `results`: the study's folder, as commands name it. `versions`: by package.
    `specs`: SHA-256 of the specs, by the names of their jobs.
    """

    results: str = ""
    seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    specs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportInputs:
    """Everything the page shows. Only `ablation` is needed: a part that is empty leaves its section out.

    Keys are names as the study gives them; `cells` are (experiment, benchmark). Dicts keep the order they are given in.
    `samples`: all answers of a cell, of all its training runs. `runs`: names of the training runs of an experiment,
    where it has others than one of its own name; `metrics` are by training run. `recipes`: of experiments that were
    trained, from their first run. `best_steps`: of experiments that are or start from a best checkpoint, its step in
    each training run. `chains`: for each training run of an experiment the jobs behind its weights.
    """

    ablation: Ablation
    comparisons: list[Comparison] = field(default_factory=list)
    votes: list[VotedCell] = field(default_factory=list)
    passes: list[PassCurve] = field(default_factory=list)
    stages: list[StageLosses] = field(default_factory=list)
    second_opinion: list[BenchmarkOpinions] = field(default_factory=list)
    completion_lengths: list[LengthRow] = field(default_factory=list)
    metrics: dict[str, Metrics] = field(default_factory=dict)
    runs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    traces: dict[str, TraceSummary] = field(default_factory=dict)
    lengths: dict[str, TraceLengths] = field(default_factory=dict)
    evals: dict[tuple[str, str], Score] = field(default_factory=dict)
    samples: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)
    problems: dict[str, list[Problem]] = field(default_factory=dict)
    contamination: Contamination | None = None
    ledger: list[LedgerRow] = field(default_factory=list)
    chains: dict[str, list[list[str]]] = field(default_factory=dict)
    published_costs: Mapping[str, Mapping[str, PublishedNumber]] = field(default_factory=dict)
    recipes: dict[str, Recipe] = field(default_factory=dict)
    best_steps: dict[str, list[int]] = field(default_factory=dict)
    provenance: Provenance = Provenance()
    title: str = ""

    @property
    def study(self) -> str:
        return str(self.ablation["study"])

    @property
    def benchmarks(self) -> list[Column]:
        return self.ablation["benchmarks"]

    @property
    def experiments(self) -> list[Row]:
        return self.ablation["experiments"]

    def runs_of(self, experiment: str) -> Sequence[str]:
        """The names of an experiment's training runs; its own where it has one."""
        return self.runs.get(experiment, (experiment,))

    @property
    def baseline(self) -> Row:
        """The experiment that the others are measured against: named by the table, else its first row."""
        named = self.ablation.get("baseline")
        return next((entry for entry in self.experiments if entry["name"] == named), self.experiments[0])

    def title_of(self, name: str) -> str:
        """The display title of an experiment or benchmark; its name where it has none."""
        for entry in [*self.experiments, *self.benchmarks]:
            if entry["name"] == name:
                return str(entry.get("title") or name)
        return name
