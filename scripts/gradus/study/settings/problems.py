"""Settings that problem sets of several sources share, and those of benchmarks.

What a set has that comes from one source is beside that source, in `problems/sources/`.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from gradus.study.settings.base import MOST_TOKENS, Name, SeedOf, Settings, Share, seed_of
from gradus.study.settings.domain_tokens import Mode
from gradus.study.settings.evaluation import Grading, Metric, PartColumn, SamplerName
from gradus.study.settings.prompts import Prompt
from gradus.study.settings.truncation import Truncation

PassRates = Annotated[list[Share], Field(min_length=2, max_length=2)]
PublishedLevel = Annotated[int, Field(ge=0, le=99)]


class ProblemSettings(Settings):
    """A problem set, whose `source` says where its problems come from."""

    seed: SeedOf | None = seed_of("what is drawn of it")
    if TYPE_CHECKING:
        source: str


class Filters(ProblemSettings):
    """What is kept of a set, in this order: `drop`, `levels`, `subjects`, then `size`. Null keeps everything."""

    drop: list[str] = Field([], description="Ids of problems to leave out.")
    levels: list[PublishedLevel] | None = Field(
        None, min_length=1, description="Levels to keep; 0: problems that have none."
    )
    subjects: list[str] | None = Field(
        None, min_length=1, description="Subjects to keep, as the publisher writes them."
    )
    size: int | None = Field(None, ge=1, description="So many problems; they stay in their order.")
    take: Literal["drawn", "first"] = Field(
        "drawn", description="Which ones `size` takes: drawn with the seed, or the first of the set."
    )


class PassRateFilter(Truncation):
    """How often a model solves a problem, and between which rates a problem is kept."""

    pass_rate: PassRates = Field(
        description="The lowest and the highest share of right samples, both included, such as `[0.1, 0.9]`."
    )
    by: Name = Field(
        description="Who is asked: a model of the study, or an experiment (the first of its training runs)."
    )
    samples: int = Field(8, ge=1, le=256, description="Samples per problem.")
    temperature: float = Field(1.0, gt=0, le=2, description="Sampling temperature.")
    max_tokens: int = Field(
        96, ge=1, le=MOST_TOKENS, description="Longest completion; what is cut off without an answer is not right."
    )
    prompt: Prompt | None = Field(
        None, description="Keys of the study's prompt that are different when these problems are asked."
    )
    sampler: SamplerName | None = Field(None, description="What samples; null: the study's sampler.")


class SubsetProblems(Filters):
    """Problems of another set, filtered: `drop`, `levels`, `subjects`, `keep`, then `size`."""

    source: Literal["subset"] = Field("subset", description="A filter over another set of the study.")
    of: Name = Field(description="The set to take problems from.")
    keep: PassRateFilter | None = Field(
        None,
        description="Keep what a model solves now and then: problems whose share of right samples is within bounds. "
        "See [Problems by their difficulty](#problems-by-their-difficulty).",
    )


class PublishedProblems(Filters):
    """What all published sets have, besides `repo` and `files`."""

    path: str | None = Field(
        None,
        min_length=1,
        description="A local file or folder with the set, in the publisher's format or as JSON lines with `id`, "
        "`problem`, `answer`, `level`, `subject`; relative to the folder that snakemake runs in. "
        "See [Problem sets](#problem-sets). Null: downloaded; see [From the hub](#from-the-hub).",
    )
    expect_rows: int | None = Field(
        None, ge=1, description="Rows before any filter, where a copy rightly has another number than the known one."
    )
    if TYPE_CHECKING:  # each source has its own defaults
        repo: str
        files: list[str]


class Benchmark(Settings):
    """A problem set that every experiment is evaluated on."""

    title: str = Field("", description="Column title in tables; empty: the key.")
    problems: Name = Field(description="The problem set.")
    metric: Metric | None = Field(
        None,
        description="For problems with options that continue a text, such as HellaSwag's: a model writes nothing, and "
        "the option that it finds the likeliest is its answer, by the log-probability of all of its tokens (`acc`), or "
        "by that divided by the option's tokens, characters or bytes; see "
        "[Benchmarks by likelihood](#benchmarks-by-likelihood). null: answers are written and graded.",
    )
    max_tokens: int = Field(
        96, ge=1, le=MOST_TOKENS, description="Longest completion; a longer one counts as truncated."
    )
    prompt: Prompt | None = Field(None, description="Keys of the study's prompt that are different for this benchmark.")
    grading: Grading | None = Field(None, description="Grading of this benchmark; null: the study's.")
    samples: int = Field(
        1,
        ge=1,
        le=1024,
        description="Samples per problem. With several the accuracy is avg@k, their mean: for small sets, sampled at a "
        "temperature.",
    )
    temperature: float | None = Field(
        None, ge=0, le=2, description="Sampling temperature for this benchmark; null: the study's."
    )
    top_p: float | None = Field(None, gt=0, le=1, description="As in `sampling`; null: the study's.")
    top_k: int | None = Field(None, ge=1, le=MOST_TOKENS, description="As in `sampling`; null: the study's.")
    min_p: float | None = Field(None, ge=0, lt=1, description="As in `sampling`; null: the study's.")
    sampler: SamplerName | None = Field(
        None, description="What samples this benchmark, where the experiment names none; null: the study's sampler."
    )
    cluster: Literal["source", "subject", "level", "cluster"] | None = Field(
        None,
        description="A column of the problems: those with the same entry, such as the links of a chain, are no "
        "independent evidence, and intervals and tests count so (cluster-robust). `cluster` is the column that a set "
        "of `source: file` names so. null: each problem is.",
    )
    parts: PartColumn | None = Field(
        None,
        description="A column of the problems: those with the same entry are a part with a score of its own, beside "
        "that of the whole benchmark; see [Parts of a benchmark](#parts-of-a-benchmark). null: no parts.",
    )
    inject: Mode | Literal[True] | None = Field(
        None,
        description="Put [domain tokens](#domain-tokens) of the model into the problem and the few-shot examples, "
        "unless they are reserved; other models are asked as ever. true: weak. null: do not.",
    )
    seed: SeedOf | None = seed_of("its samples")
