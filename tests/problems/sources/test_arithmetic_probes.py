import re
from collections import Counter

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
