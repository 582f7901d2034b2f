import re
from collections import Counter

import pytest
from pydantic import ValidationError

from gradus.problems.sources.arithmetic_probes import SOURCE as PROBES
from gradus.problems.sources.arithmetic_probes import ArithmeticProbes


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


def test_bounds_and_words():
    """As the domain-token study words them: 10 to 99 by 2 to 9, and sums of 1 to 100."""
    settings = ArithmeticProbes(factors=[[10, 99], [2, 9]], terms=[[1, 100], [1, 100]], words=True)
    rows = PROBES.generate(settings, "mine", 0)
    assert rows == PROBES.generate(settings, "mine", 0) != PROBES.generate(settings, "mine", 1)
    assert len({row.id for row in rows}) == 281
    asked = [re.fullmatch(r"What is (\d+) (times|plus) (\d+)\?", row.problem).groups() for row in rows]
    assert [(int(a), int(b)) for a, _, b in asked[:81]] == [(a, b) for a in range(1, 10) for b in range(1, 10)]
    assert all(sign == "times" and 10 <= int(a) <= 99 and 2 <= int(b) <= 9 for a, sign, b in asked[81:181])
    assert all(sign == "plus" and 1 <= int(a) <= 100 and 1 <= int(b) <= 100 for a, sign, b in asked[181:])
    for row, (a, sign, b) in zip(rows, asked, strict=True):
        assert row.answer == str(int(a) * int(b) if sign == "times" else int(a) + int(b))


def test_the_smallest_number_comes_first():
    with pytest.raises(ValidationError, match="the smallest number comes first"):
        ArithmeticProbes(factors=[[99, 10], [2, 9]])
