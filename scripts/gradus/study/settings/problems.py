"""Settings of problem sets."""

from typing import Annotated, Literal

from pydantic import Field

from gradus.study.settings.base import Name, Settings

Level = Annotated[int, Field(ge=1, le=7)]


class PocketProblems(Settings):
    """Generated multi-step arithmetic word problems."""

    source: Literal["pocket"] = Field("pocket", description="The embedded generator.")
    split: Literal["train", "evaluation", "evaluation/main", "evaluation/small", "evaluation/reworded"] = Field(
        "train", description="Part of the partition of arithmetic chains that the problems are drawn from."
    )
    size: int = Field(500, ge=1, le=100_000, description="Number of problems.")
    levels: list[Level] = Field(
        [1, 2, 3, 4, 5],
        min_length=1,
        description="Levels, in equal shares: the number of steps. 6 and 7 are longer than any training text.",
    )
    wording: Literal["familiar", "reworded"] = Field(
        "familiar", description="Sentence frames, names and items: those of the training text, or a disjoint family."
    )


class SubsetProblems(Settings):
    """Problems of another set, filtered by level."""

    source: Literal["subset"] = Field("subset", description="A filter over another set of the study.")
    of: Name = Field(description="The set to take problems from.")
    levels: list[Level] = Field(min_length=1, description="Levels to keep.")


ProblemSet = Annotated[PocketProblems | SubsetProblems, Field(discriminator="source")]


class Prompt(Settings):
    """What stands around the problem in the user's turn."""

    system: str | None = Field(None, description="System message; none when null.")
    suffix: str = Field("", description="Text after the problem, such as ' Write your answer in \\boxed{} format.'")


class Benchmark(Settings):
    """A problem set that every experiment is evaluated on."""

    title: str = Field("", description="Column title in tables; empty: the key.")
    problems: Name = Field(description="The problem set.")
    max_tokens: int = Field(96, ge=1, description="Longest completion; a longer one counts as truncated.")
    prompt: Prompt | None = Field(None, description="Prompt for this benchmark; null: the study's.")
