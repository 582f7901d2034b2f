"""Bare arithmetic: the whole multiplication table from 1 to 9, then longer products and sums drawn with the seed."""

import random
from typing import Annotated, Literal

from pydantic import Field

from gradus.problems.operands import draw_pairs, pairs_within
from gradus.problems.problem import Problem
from gradus.problems.source import GeneratedSource
from gradus.study.settings.bounds import IN_ORDER
from gradus.study.settings.problems import ProblemSettings

TABLE = [(a, b) for a in range(1, 10) for b in range(1, 10)]


WORDS = {"×": "times", "+": "plus"}


Bounds = Annotated[list[Annotated[int, Field(ge=1, le=10**9)]], Field(min_length=2, max_length=2), IN_ORDER]
Operands = Annotated[list[Bounds], Field(min_length=2, max_length=2)]


class ArithmeticProbes(ProblemSettings):
    """Bare arithmetic, generated: the 81 products of the multiplication table, then longer products and sums."""

    source: Literal["arithmetic_probes"] = Field("arithmetic_probes", description="The embedded generator.")
    products: int = Field(100, ge=0, le=5000, description="Products of numbers with several digits.")
    sums: int = Field(100, ge=0, le=5000, description="Sums of numbers with several digits.")
    digits: list[Annotated[int, Field(ge=2, le=9)]] = Field(
        [2, 3], min_length=1, description="Numbers of digits of the operands, in turn."
    )
    factors: Operands | None = Field(
        None,
        description="The smallest and the largest number of the first factor and of the second, as in "
        "`[[10, 99], [2, 9]]`, in place of `digits`.",
    )
    terms: Operands | None = Field(None, description="The same of the numbers that are added.")
    words: bool = Field(False, description="Write `times` and `plus` for × and +.")


def generate(settings: ArithmeticProbes, name: str, seed: int) -> list[Problem]:
    """Levels are the digits of the longer operand; ids say the question, `probes/multiplication/23x47`."""
    rng = random.Random(f"{seed}/arithmetic_probes")
    products = _pairs(rng, settings.products, settings.factors, settings.digits)
    sums = _pairs(rng, settings.sums, settings.terms, settings.digits)
    write = WORDS if settings.words else {}
    return [
        *(_probe("table", "multiplication table", a, "×", b, write) for a, b in TABLE),
        *(_probe("multiplication", "multi-digit multiplication", a, "×", b, write) for a, b in products),
        *(_probe("addition", "addition", a, "+", b, write) for a, b in sums),
    ]


def _pairs(rng: random.Random, count: int, bounds: list[list[int]] | None, digits: list[int]) -> list[tuple[int, int]]:
    return draw_pairs(rng, count, digits) if bounds is None else pairs_within(rng, count, bounds)


def _probe(kind: str, subject: str, a: int, sign: str, b: int, write: dict[str, str]) -> Problem:
    identity = f"probes/{kind}/{a}{'x' if sign == '×' else '+'}{b}"
    level, answer = len(str(max(a, b))), a * b if sign == "×" else a + b
    question = f"What is {a} {write.get(sign, sign)} {b}?"
    return Problem(identity, question, str(answer), level, subject, "arithmetic_probes")


SOURCE = GeneratedSource(
    settings=ArithmeticProbes,
    generate=generate,
    count=lambda settings: len(TABLE) + settings.products + settings.sums,
)
