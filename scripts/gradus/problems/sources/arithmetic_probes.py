"""Bare arithmetic: the whole multiplication table from 1 to 9, then longer products and sums drawn with the seed."""

import random
from typing import Annotated, Literal

from pydantic import Field

from gradus.problems.operands import draw_pairs
from gradus.problems.problem import Problem
from gradus.problems.source import GeneratedSource
from gradus.study.settings.problems import ProblemSettings

TABLE = [(a, b) for a in range(1, 10) for b in range(1, 10)]


class ArithmeticProbes(ProblemSettings):
    """Bare arithmetic, generated: the 81 products of the multiplication table, then longer products and sums."""

    source: Literal["arithmetic_probes"] = Field("arithmetic_probes", description="The embedded generator.")
    products: int = Field(100, ge=0, le=5000, description="Products of numbers with several digits.")
    sums: int = Field(100, ge=0, le=5000, description="Sums of numbers with several digits.")
    digits: list[Annotated[int, Field(ge=2, le=9)]] = Field(
        [2, 3], min_length=1, description="Numbers of digits of the operands, in turn."
    )


def generate(settings: ArithmeticProbes, name: str, seed: int) -> list[Problem]:
    """Levels are the digits of the longer operand; ids say the question, `probes/multiplication/23x47`."""
    rng = random.Random(f"{seed}/arithmetic_probes")
    products = draw_pairs(rng, settings.products, settings.digits)
    sums = draw_pairs(rng, settings.sums, settings.digits)
    return [
        *(_probe("table", "multiplication table", a, "×", b, a * b) for a, b in TABLE),
        *(_probe("multiplication", "multi-digit multiplication", a, "×", b, a * b) for a, b in products),
        *(_probe("addition", "addition", a, "+", b, a + b) for a, b in sums),
    ]


def _probe(kind: str, subject: str, a: int, sign: str, b: int, answer: int) -> Problem:
    identity = f"probes/{kind}/{a}{'x' if sign == '×' else '+'}{b}"
    level = len(str(max(a, b)))
    return Problem(identity, f"What is {a} {sign} {b}?", str(answer), level, subject, "arithmetic_probes")


SOURCE = GeneratedSource(
    settings=ArithmeticProbes,
    generate=generate,
    count=lambda settings: len(TABLE) + settings.products + settings.sums,
)
