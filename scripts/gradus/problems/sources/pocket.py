"""The embedded generator of word problems."""

from typing import Annotated, Literal

from pydantic import Field

from gradus.problems.pocket.generate import generate_problems, generate_scenes
from gradus.problems.pocket.solutions import worked
from gradus.problems.problem import Problem
from gradus.problems.source import GeneratedSource
from gradus.study.settings.problems import ProblemSettings

Level = Annotated[int, Field(ge=1, le=7)]


class PocketProblems(ProblemSettings):
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


def generate(settings: PocketProblems, name: str, seed: int) -> list[Problem]:
    return generate_problems(
        name=name,
        split=settings.split,
        size=settings.size,
        levels=settings.levels,
        family=settings.wording,
        seed=seed,
    )


def solved(settings: PocketProblems, name: str, seed: int) -> list[tuple[Problem, str]]:
    """Each problem with a line a step and the boxed answer."""
    scenes = generate_scenes(
        name=name,
        split=settings.split,
        size=settings.size,
        levels=settings.levels,
        family=settings.wording,
        seed=seed,
    )
    return [(problem, worked(chain)) for problem, chain, _ in scenes]


# Their own longest prompts, in a vocabulary that is made for them, have 96 tokens.
SOURCE = GeneratedSource(
    PocketProblems, generate, count=lambda settings: settings.size, worked=solved, prompt_tokens=96
)
