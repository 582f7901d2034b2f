"""Bare arithmetic: the whole multiplication table from 1 to 9, then longer products and sums drawn with the seed."""

import random

from gradus.problems.sources.operands import draw_pairs
from gradus.problems.sources.source import Settings
from gradus.problems.table import Problem


def generate(settings: Settings) -> list[Problem]:
    """Levels are the digits of the longer operand; ids say the question, `probes/multiplication/23x47`."""
    rng = random.Random(f"{settings['seed']}/arithmetic_probes")
    digits = settings["digits"]
    table = [(a, b) for a in range(1, 10) for b in range(1, 10)]
    products = draw_pairs(rng, settings["products"], digits)
    sums = draw_pairs(rng, settings["sums"], digits)
    return [
        *(_probe("table", "multiplication table", a, "×", b, a * b) for a, b in table),
        *(_probe("multiplication", "multi-digit multiplication", a, "×", b, a * b) for a, b in products),
        *(_probe("addition", "addition", a, "+", b, a + b) for a, b in sums),
    ]


def _probe(kind: str, subject: str, a: int, sign: str, b: int, answer: int) -> Problem:
    identity = f"probes/{kind}/{a}{'x' if sign == '×' else '+'}{b}"
    level = len(str(max(a, b)))
    return Problem(identity, f"What is {a} {sign} {b}?", str(answer), level, subject, "arithmetic_probes")
