"""Settings of evaluation: how answers are drawn, graded, voted on and compared."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from gradus.study.settings.base import Name, Settings
from gradus.study.settings.rewards import BlindRewards
from gradus.study.settings.truncation import Truncation

Method = Literal[
    "boxed",
    "answer_tag",
    "hash",
    "hash_number",
    "answer_is",
    "answer_is_number",
    "bold",
    "last_formula",
    "last_number",
]


class Grading(Settings):
    """How an answer is found in a completion."""

    methods: list[Method] = Field(
        ["boxed"],
        min_length=1,
        description="Ways to find the answer, tried in order: `scripts/gradus/grading/EXTRACTION.md` has their rules.",
    )


SamplerName = Literal["torch", "transformers", "vllm", "tinker"]

Metric = Literal["acc", "acc_norm_tokens", "acc_norm_chars", "acc_norm_bytes"]
"""What the log-probability of an option is divided by before the highest is chosen: nothing, or its length in these."""

PartColumn = Literal["subject", "level", "source", "cluster"]
"""A column of problems whose entries are parts of a benchmark."""


class Sampling(Truncation):
    """The samples that accuracy is measured on."""

    sampler: SamplerName = Field(
        "torch",
        description="Which implementation samples, teachers' traces and votes included: torch, transformers, vllm in "
        "an environment of its own (`make gpu`, `make vllm-cpu`), or the service of [Tinker](#tinker); see "
        "[Samplers](#samplers).",
    )
    temperature: float = Field(0.0, ge=0, le=2, description="0 is greedy decoding.")


Weighting = Literal["length", "inverse_length", "reward", "verifier", "verifier_best"]


class Votes(Truncation):
    """Majority voting and pass@k on further samples."""

    experiments: list[Name] = Field([], description="Experiments to vote with.")
    benchmarks: list[Name] | None = Field(None, description="Benchmarks to vote on; null: all.")
    problems: int | None = Field(
        None,
        ge=1,
        description="Problems of each benchmark to sample, drawn with the study's seed, the same for all experiments; "
        "a benchmark that has fewer is sampled whole. null: all.",
    )
    samples: int = Field(16, ge=1, le=1024, description="Samples per problem.")
    k: list[Annotated[int, Field(ge=1)]] = Field([1, 4, 16], min_length=1, description="Values of k.")
    temperature: float = Field(0.7, gt=0, le=2, description="Sampling temperature.")
    weights: list[Weighting] = Field(
        ["length", "inverse_length", "reward"],
        description="Votes to count beside the plain one, where each sample's vote counts its tokens (`length`), "
        "1 / its tokens (`inverse_length`), 1 and its `rewards`, at least 0 (`reward`), or the verifier's score "
        "(`verifier`); or where the one sample with the best score decides (`verifier_best`).",
    )
    verifier: Name | None = Field(
        None,
        description="The experiment whose scores `verifier` and `verifier_best` use, trained on judged traces: see "
        "[Verifiers](#verifiers).",
    )
    rewards: BlindRewards = Field(
        default_factory=lambda: BlindRewards.model_validate(
            {"shows_work": 0.1, "short": 0.1, "repetition": 0.3, "overlong": 0.5}
        ),
        description="Parts of the reward that `reward` weighs by. The parts listed here are all of it; by default "
        "shows_work 0.1, short 0.1, repetition 0.3, overlong 0.5.",
    )


class SecondOpinion(Settings):
    """How other graders judge the same answers: the part of the results that depends on the grader."""

    pairs: int = Field(
        250,
        ge=0,
        le=100_000,
        description="Distinct pairs of known answer and completion per benchmark that other graders judge, question by "
        "question in a fixed random order: math-verify takes some 30 ms for one. The report says which share of the "
        "completions they are.",
    )


Family = Literal["benchmark", "table"]
Pair = Annotated[list[Name], Field(min_length=2, max_length=2)]


class Question(Settings):
    """A pair of experiments, and what the study asks of it."""

    of: Pair = Field(description="The two experiments; the second is measured against the first.")
    question: str = Field("", max_length=200, description="What is asked, such as `SFT before RL`.")


def _as_question(value: Any) -> Any:
    return {"of": value} if isinstance(value, list) else value


PairOrQuestion = Annotated[Question, BeforeValidator(_as_question, json_schema_input_type=Pair | Question)]


class Comparisons(Settings):
    """Which experiments are compared, question by question."""

    baseline: Name = Field("baseline", description="Every experiment is compared with this one.")
    pairs: list[PairOrQuestion] = Field(
        [],
        description="Further pairs, which the study is about: `[a, b]`, or `of: [a, b]` with the `question` that they "
        "answer. Each gets a sentence below the table.",
    )
    primary: Pair | None = Field(
        None,
        description="The one comparison that the study was made for, chosen before its results were seen: its p is "
        "adjusted for no other comparison. It may be among `pairs`, with its question.",
    )
    parents: bool = Field(True, description="Compare every experiment with the one that it starts `from`, too.")
    family: Family = Field(
        "benchmark",
        description="Which comparisons p is adjusted over (Holm), the primary one apart: all of a `benchmark`, or of "
        "the whole `table`.",
    )
    margin: Annotated[float, Field(gt=0, lt=100)] | None = Field(
        None,
        description="Points within which two experiments count as alike; each comparison is tested for it (two "
        "one-sided tests at 5%). null: not tested.",
    )
