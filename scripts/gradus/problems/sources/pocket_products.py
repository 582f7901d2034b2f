"""Generated word problems that multiply, for studies of tools and of tokens for products."""

from typing import Annotated, Literal

from pydantic import Field

from gradus.problems.pocket.chain import Chain
from gradus.problems.pocket.products import draw_products
from gradus.problems.pocket.solutions import worked
from gradus.problems.problem import Problem
from gradus.problems.source import GeneratedSource
from gradus.study.settings.pocket_numbers import ProductNumbers
from gradus.study.settings.problems import ProblemSettings


class PocketProducts(ProblemSettings):
    """Generated word problems with a product of two numbers and further sums, by default too large for a pocket model
    to compute.

    Their worked solutions have a line a step, such as `37*48=1776`.
    """

    source: Literal["pocket_products"] = Field("pocket_products", description="The embedded generator.")
    split: Literal["train", "evaluation"] = Field(
        "train", description="Part of the partition of arithmetic chains that the problems are drawn from."
    )
    size: int = Field(500, ge=1, le=5000, description="Number of problems.")
    levels: list[Annotated[int, Field(ge=1, le=4)]] = Field(
        [1, 2], min_length=1, description="Levels, in equal shares: the number of steps, of which the first multiplies."
    )
    numbers: ProductNumbers = Field(default_factory=ProductNumbers, description="The numbers in them.")


def generate(settings: PocketProducts, name: str, seed: int) -> list[Problem]:
    return [problem for problem, _ in _drawn(settings, seed)]


def solved(settings: PocketProducts, seed: int) -> list[tuple[Problem, str]]:
    """Each problem with a line a step and the boxed answer."""
    return [(problem, worked(chain)) for problem, chain in _drawn(settings, seed)]


def _drawn(settings: PocketProducts, seed: int) -> list[tuple[Problem, Chain]]:
    return draw_products(settings.size, settings.split, settings.levels, settings.numbers, seed)


# A problem of four steps is about as long as one of the pocket study's longest.
SOURCE = GeneratedSource(
    PocketProducts,
    generate,
    count=lambda settings: settings.size,
    worked=lambda settings, _, seed: solved(settings, seed),
    prompt_tokens=96,
)
