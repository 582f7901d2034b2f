"""Arithmetic probes and products taken apart."""

import random
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.problems.operands import draw_pairs
from gradus.problems.sources.arithmetic_probes import SOURCE as PROBES
from gradus.problems.sources.arithmetic_probes import ArithmeticProbes
from gradus.problems.sources.gsm_sbs import GsmSbsProblems, worked, worked_product
from gradus.provenance.errors import GradusError


def test_281_probes():
    rows, again, others = (PROBES.generate(ArithmeticProbes(), "mine", seed) for seed in (0, 0, 1))
    assert rows == again != others
    assert len({row.id for row in rows}) == len(rows) == PROBES.count(ArithmeticProbes()) == 281
    kinds = {"multiplication table": 81, "multi-digit multiplication": 100, "addition": 100}
    assert Counter(row.subject for row in rows) == kinds
    for row in rows:
        a, sign, b = re.fullmatch(r"What is (\d+) ([×+]) (\d+)\?", row.problem).groups()
        assert row.answer == str(int(a) * int(b) if sign == "×" else int(a) + int(b))
        assert row.level == max(len(a), len(b))
        assert (row.level == 1) == (row.subject == "multiplication table")


def test_640_products_with_their_working():
    rows = worked(GsmSbsProblems(), 0)
    assert len({problem.id for problem, _ in rows}) == len(rows) == 640
    for problem, solution in rows:
        assert solution.endswith(f"= {problem.answer}")


def test_a_worked_product_by_hand():
    assert worked_product(12, 12) == [
        "12 × 12 = (10 + 2) × 12 = 10 × 12 + 2 × 12",
        "10 × 12 = 10 × (10 + 2) = 10 × 10 + 10 × 2",
        "10 × 10 = 1 × 1 × 100 = 1 × 100 = 100",
        "10 × 2 = 1 × 2 × 10 = 2 × 10 = 20",
        "10 × 12 = 100 + 20 = 120",
        "2 × 12 = 2 × (10 + 2) = 2 × 10 + 2 × 2",
        "2 × 10 = 2 × 1 × 10 = 2 × 10 = 20",
        "2 × 2 = 4",
        "2 × 12 = 20 + 4 = 24",
        "12 × 12 = 120 + 24 = 144",
    ]


@given(st.integers(1, 99_999), st.integers(1, 99_999))
def test_every_equation_holds_and_only_the_table_is_needed(a, b):
    lines = worked_product(a, b)
    for line in lines:
        values = {value_of(side) for side in line.split(" = ")}
        assert len(values) == 1
    assert lines[-1].endswith(f" = {a * b}")
    for x, y in re.findall(r"(\d+) × (\d+)", " = ".join(line.split(" = ")[1] for line in lines if "(" not in line)):
        assert {len(x.rstrip("0")), len(y.rstrip("0"))} == {1}


def value_of(side: str) -> int:
    """Of sums and products with one level of brackets."""
    side = re.sub(r"\(([^)]*)\)", lambda found: str(value_of(found[1])), side)
    total = 0
    for term in side.split(" + "):
        product = 1
        for factor in term.split(" × "):
            product *= int(factor)
        total += product
    return total


def test_no_more_pairs_than_there_are():
    assert len(set(draw_pairs(random.Random(0), 81, [1]))) == 81
    with pytest.raises(GradusError, match="there are no 82 pairs"):
        draw_pairs(random.Random(0), 82, [1])
