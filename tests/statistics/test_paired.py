import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.provenance.errors import GradusError
from gradus.statistics.paired import (
    correlation,
    holm,
    mcnemar_exact,
    paired_difference,
    tango_interval,
)


def marks(both, a_only, b_only, neither):
    a = [1] * both + [1] * a_only + [0] * b_only + [0] * neither
    b = [1] * both + [0] * a_only + [1] * b_only + [0] * neither
    return a, b


def test_mcnemar_by_hand():
    assert mcnemar_exact(*marks(3, 0, 5, 2)) == pytest.approx(2 / 32)
    assert mcnemar_exact(*marks(3, 1, 7, 2)) == pytest.approx(2 * (1 + 8) / 256)
    assert mcnemar_exact(*marks(3, 4, 4, 2)) == 1.0
    assert mcnemar_exact(*marks(3, 0, 0, 2)) == 1.0


def test_published_examples():
    # Fagerland, Lydersen and Laake (2014): response before and after consolidation therapy, n = 59, 6, 16, 80
    result = paired_difference(*marks(59, 16, 6, 80))
    assert result.delta == pytest.approx(-0.0621, abs=5e-5)
    assert result.ci95 == pytest.approx((-0.1240, -0.0054), abs=5e-5)
    assert result.p == pytest.approx(0.052479, abs=5e-7)
    # and airway responsiveness before and after transplantation, n = 1, 1, 7, 12
    assert tango_interval(1, 7, 21) == pytest.approx((-0.517, -0.026), abs=5e-4)


def test_tango_edges():
    z2 = 1.959963984540054**2
    # No question differs: (n d)^2 = z^2 n d (1 - d), so d = z^2 / (n + z^2), as Wilson's at 0 of n
    assert tango_interval(0, 0, 30) == pytest.approx((-z2 / (30 + z2), z2 / (30 + z2)), abs=1e-9)
    assert tango_interval(5, 0, 5)[1] == 1.0
    assert tango_interval(0, 1, 1)[0] == -1.0
    for counts in [(1, 1, 1), (-1, 0, 3), (0, 0, 0)]:
        with pytest.raises(GradusError):
            tango_interval(*counts)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))))
def test_tango_mirrors_and_solves_its_equation(case):
    n, b, rest = case
    c = min(rest, n - b)
    low, high = tango_interval(b, c, n)
    assert -1 <= low <= (b - c) / n <= high <= 1
    assert low < high
    assert tango_interval(c, b, n) == pytest.approx((-high, -low), abs=1e-9)
    # Its ends leave out 0 exactly when McNemar's asymptotic statistic exceeds z
    if b + c and abs(abs(b - c) / np.sqrt(b + c) - 1.959963984540054) > 1e-6:
        assert (low > 0 or high < 0) == (abs(b - c) / np.sqrt(b + c) > 1.959963984540054)


@pytest.mark.parametrize("chances", [(0.05, 0.02), (0.2, 0.1), (0.02, 0.25)])
def test_tango_covers_at_thirty_questions(chances):
    generator = np.random.default_rng(5)
    true = chances[0] - chances[1]
    drawn = generator.multinomial(30, [*chances, 1 - sum(chances)], size=1500)
    ends = {tuple(row[:2]): tango_interval(int(row[0]), int(row[1]), 30) for row in drawn}
    covered = np.mean([ends[tuple(row[:2])][0] <= true <= ends[tuple(row[:2])][1] for row in drawn])
    assert 0.92 < covered < 0.995


def test_sides_of_different_length_are_refused():
    for function in (mcnemar_exact, paired_difference, correlation):
        with pytest.raises(GradusError, match="same questions"):
            function([1, 0], [1])


def test_phi_by_hand():
    # (ad - bc) / sqrt of the margins: (4 * 3 - 1 * 2) / sqrt(5 * 5 * 6 * 4)
    assert correlation(*marks(4, 1, 2, 3)) == pytest.approx(10 / np.sqrt(600))
    assert correlation([1, 1], [1, 0]) is None
    assert correlation([0, 1], [0, 0]) is None


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []
    with pytest.raises(GradusError):
        holm([0.1, float("nan")])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_order_and_stays_between_p_and_bonferroni(pvalues):
    adjusted = holm(pvalues)
    for p, q in zip(pvalues, adjusted):
        assert p <= q <= min(1.0, len(pvalues) * p) + 1e-12
    ranked = sorted(range(len(pvalues)), key=lambda i: pvalues[i])
    assert [adjusted[i] for i in ranked] == sorted(adjusted)
    if pvalues:
        assert min(adjusted) == min(1.0, len(pvalues) * min(pvalues))
