"""Products taken apart."""

import re

from hypothesis import given
from hypothesis import strategies as st

from gradus.problems.sources.gsm_sbs import GsmSbsProblems, worked, worked_product


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
