"""Products taken apart place by place until only single digits are multiplied.

    12 × 12 = (10 + 2) × 12 = 10 × 12 + 2 × 12

and so on for each part, then the parts together. The worked text of a problem is its trace to train on.
"""

import random
from typing import Annotated, Literal

from pydantic import Field

from gradus.problems.operands import draw_pairs
from gradus.problems.problem import Problem
from gradus.problems.source import GeneratedSource
from gradus.study.settings.problems import ProblemSettings


class GsmSbsProblems(ProblemSettings):
    """Products taken apart digit by digit until only the multiplication table is needed, generated.

    The worked decomposition of each is at hand as a solution to train on.
    """

    source: Literal["gsm_sbs"] = Field("gsm_sbs", description="The embedded generator.")
    size: int = Field(640, ge=1, le=5000, description="Number of products.")
    digits: list[Annotated[int, Field(ge=1, le=4)]] = Field(
        [2, 3], min_length=1, description="Numbers of digits of the factors, in turn."
    )


def generate(settings: GsmSbsProblems, name: str, seed: int) -> list[Problem]:
    return [problem for problem, _ in worked(settings, seed)]


def worked(settings: GsmSbsProblems, seed: int) -> list[tuple[Problem, str]]:
    """Each problem with its worked decomposition. Levels are the digits of the longer factor."""
    rows = []
    for a, b in draw_pairs(random.Random(f"{seed}/gsm_sbs"), settings.size, settings.digits):
        level, question = len(str(max(a, b))), f"What is {a} × {b}?"
        problem = Problem(f"gsm-sbs/{a}x{b}", question, str(a * b), level, "multiplication step by step", "gsm_sbs")
        rows.append((problem, "\n".join(worked_product(a, b))))
    return rows


def worked_product(a: int, b: int) -> list[str]:
    """Lines that lead to `a × b`, both positive; every equation in them holds, the last one ends in the product."""
    whole = f"{a} × {b}"
    if len(_places(a)) == len(_places(b)) == 1:
        digit_a, digit_b = int(str(a)[0]), int(str(b)[0])
        tens = a * b // (digit_a * digit_b)
        if tens == 1:
            return [f"{whole} = {a * b}"]
        return [f"{whole} = {digit_a} × {digit_b} × {tens} = {digit_a * digit_b} × {tens} = {a * b}"]
    if len(_places(a)) > 1:
        places = _places(a)
        parts = [(place, b) for place in places]
        apart = f"({' + '.join(map(str, places))}) × {b}"
    else:
        places = _places(b)
        parts = [(a, place) for place in places]
        apart = f"{a} × ({' + '.join(map(str, places))})"
    lines = [f"{whole} = {apart} = {' + '.join(f'{x} × {y}' for x, y in parts)}"]
    for x, y in parts:
        lines += worked_product(x, y)
    return [*lines, f"{whole} = {' + '.join(str(x * y) for x, y in parts)} = {a * b}"]


def _places(number: int) -> list[int]:
    """205 is 200 and 5."""
    text = str(number)
    return [int(digit) * 10 ** (len(text) - 1 - index) for index, digit in enumerate(text) if digit != "0"]


SOURCE = GeneratedSource(
    settings=GsmSbsProblems,
    generate=generate,
    count=lambda settings: settings.size,
    worked=lambda settings, _, seed: worked(settings, seed),
)
