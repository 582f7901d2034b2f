from collections import Counter
from fractions import Fraction
from itertools import combinations
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.evaluation.votes import maj_at_k, pass_at_k
from gradus.provenance.errors import GradusError


def vote(groups, correct):
    counts = Counter(group for group in groups if group != -1)
    if not counts:
        return Fraction(0)
    winners = [group for group, count in counts.items() if count == max(counts.values())]
    return Fraction(sum(group in correct for group in winners), len(winners))


def enumerated(groups, correct, k):
    scores = [vote(subset, correct) for subset in combinations(groups, k)]
    return float(sum(scores) / len(scores))


@settings(max_examples=200)
@given(
    st.lists(st.integers(-1, 5), min_size=1, max_size=9).flatmap(
        lambda g: st.tuples(st.just(g), st.sets(st.integers(0, 5)), st.integers(1, len(g)))
    )
)
def test_maj_is_the_mean_over_all_subsets(case):
    groups, correct, k = case
    assert maj_at_k(groups, correct, k) == pytest.approx(enumerated(groups, correct, k), abs=1e-12)


def test_maj_by_hand():
    assert maj_at_k([0, 0, 1], {0}, 3) == 1.0
    assert maj_at_k([0, 1], {0}, 2) == 0.5  # a tie is shared
    assert maj_at_k([0, 1, 2], {0, 2}, 3) == pytest.approx(2 / 3)
    assert maj_at_k([0, 0, 1], {0}, 2) == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert maj_at_k([-1, -1, 0], {0}, 2) == pytest.approx(2 / 3)  # the pair without a vote is wrong
    assert maj_at_k([-1, -1], {0}, 1) == 0.0
    assert maj_at_k([-1, -1], {-1}, 2) == 0.0  # no answer is never a winner
    assert maj_at_k([3, 3, 4], set(), 2) == 0.0


@given(st.lists(st.integers(-1, 4), min_size=1, max_size=64), st.sets(st.integers(0, 4)))
def test_maj_at_one_and_at_n(groups, correct):
    assert maj_at_k(groups, correct, 1) == pytest.approx(sum(g in correct for g in groups) / len(groups), abs=1e-12)
    assert maj_at_k(groups, correct, len(groups)) == pytest.approx(float(vote(groups, correct)), abs=1e-12)


@given(st.lists(st.integers(-1, 60), min_size=64, max_size=64), st.integers(1, 64))
def test_maj_at_k_is_below_pass_at_k_and_groups_partition_the_score(groups, k):
    correct = {0, 1, 2}
    score = maj_at_k(groups, correct, k)
    assert -1e-12 <= score <= pass_at_k(64, sum(g in correct for g in groups), k) + 1e-9
    # Winning shares over all groups sum to the chance that anyone voted at all
    blanks = groups.count(-1)
    voted = 1 - pass_at_k(64, 64 - blanks, k) if blanks else 0.0
    assert score + maj_at_k(groups, set(range(3, 61)), k) == pytest.approx(1 - voted, abs=1e-9)


def test_many_samples_are_fast_and_stay_exact():
    started = perf_counter()
    groups = [i % 13 for i in range(256)]
    for k in (16, 64, 256):
        total = sum(maj_at_k(groups, {group}, k) for group in range(13))
        assert total == pytest.approx(1.0, abs=1e-9)
    assert maj_at_k(list(range(64)), {5}, 64) == pytest.approx(1 / 64, abs=1e-12)
    assert perf_counter() - started < 5


def test_pass_by_hand():
    assert pass_at_k(4, 1, 1) == 0.25
    assert pass_at_k(4, 1, 2) == 0.5
    assert pass_at_k(4, 2, 2) == pytest.approx(5 / 6)
    assert pass_at_k(4, 0, 4) == 0.0
    assert pass_at_k(4, 3, 2) == 1.0


@given(st.lists(st.booleans(), min_size=1, max_size=9), st.data())
def test_pass_is_the_mean_over_all_subsets(correct, data):
    k = data.draw(st.integers(1, len(correct)))
    subsets = list(combinations(correct, k))
    assert pass_at_k(len(correct), sum(correct), k) == pytest.approx(sum(map(any, subsets)) / len(subsets), abs=1e-12)


def test_impossible_k_is_refused():
    for k in (0, 3):
        with pytest.raises(GradusError, match="samples"):
            maj_at_k([0, 1], {0}, k)
        with pytest.raises(GradusError, match="samples"):
            pass_at_k(2, 1, k)
    with pytest.raises(GradusError, match="3 correct"):
        pass_at_k(2, 3, 1)
    with pytest.raises(GradusError, match="1001"):
        maj_at_k([0] * 1001, {0}, 1)
