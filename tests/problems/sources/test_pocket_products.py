"""Word problems that multiply."""

import re

import pytest
from pydantic import ValidationError

from gradus.problems.pocket.products import draw_products
from gradus.problems.sources.pocket_products import PocketProducts, generate, solved
from gradus.provenance.errors import GradusError
from gradus.study.settings.pocket_numbers import ProductNumbers


def test_problems_solutions_and_answers_agree() -> None:
    settings = PocketProducts(size=60, levels=[1, 2, 3])
    rows = solved(settings, 0)
    assert [problem for problem, _ in rows] == generate(settings, "any", 0)
    assert len({problem.id for problem, _ in rows}) == 60
    assert [problem.level for problem, _ in rows[:4]] == [1, 2, 3, 1]
    for problem, solution in rows:
        *steps, answer = solution.split("\n")
        assert answer == f"\\boxed{{{problem.answer}}}"
        assert len(steps) == problem.level
        said = [int(number) for number in re.findall(r"\d+", problem.problem)]
        first = re.findall(r"\d+", steps[0])
        assert said == [int(first[0]), int(first[1]), *(int(re.findall(r"\d+", step)[1]) for step in steps[1:])]
        for step in steps:
            expression, result = step.split("=")
            a, op, b = re.fullmatch(r"(\d+)([-+*])(\d+)", expression).groups()  # type: ignore[union-attr]
            assert int(result) == {"+": int(a) + int(b), "-": int(a) - int(b), "*": int(a) * int(b)}[op] >= 0


def test_splits_share_no_chain() -> None:
    train, evaluation = (
        {problem.id for problem in generate(PocketProducts(size=200, split=split), "x", 1)}
        for split in ("train", "evaluation")
    )
    assert not train & evaluation


def test_more_problems_than_there_are() -> None:
    with pytest.raises(GradusError, match="no new one of level 1 in split 'evaluation'; make `size` smaller"):
        draw_products(5000, "evaluation", [1], ProductNumbers(), 0)


def test_numbers_are_within_their_bounds() -> None:
    numbers = ProductNumbers(factors=[2, 9], terms=[3, 20])
    factors, terms = set(), set()
    for _, chain in draw_products(400, "train", [2, 3], numbers, 0):
        (op, factor), *others = chain.steps
        assert op == "*"
        factors |= {chain.start, factor}
        terms |= {number for _, number in others}
    assert (factors, terms) == (set(range(2, 10)), set(range(3, 21)))
    with pytest.raises(ValidationError, match=r"factors\n.*the smallest number comes first, as in \[2, 9\]"):
        ProductNumbers(factors=[9, 2])
