"""Settings that problem sets of several sources share, and those of benchmarks.

What a set has that comes from one source is beside that source, in `problems/sources/`.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from gradus.study.settings.base import MOST_TOKENS, Name, Settings
from gradus.study.settings.evaluation import Grading, SamplerName
from gradus.study.settings.prompts import Prompt

PublishedLevel = Annotated[int, Field(ge=0, le=9)]


class ProblemSettings(Settings):
    """A problem set, whose `source` says where its problems come from."""

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
    size: int | None = Field(None, ge=1, description="So many problems, drawn with the seed; they stay in their order.")


class SubsetProblems(Filters):
    """Problems of another set, filtered."""

    source: Literal["subset"] = Field("subset", description="A filter over another set of the study.")
    of: Name = Field(description="The set to take problems from.")


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
    sampler: SamplerName | None = Field(
        None, description="What samples this benchmark, where the experiment names none; null: the study's sampler."
    )
