from itertools import combinations
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from evaluation.vote_enumeration import enumerated, vote
from gradus.evaluation.votes.exact import _binomial, exact_operations, maj_at_k, pass_at_k
from gradus.provenance.errors import GradusError


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


@pytest.mark.parametrize(("n", "k"), [(256, 16), (256, 256), (1500, 40), (5000, 7)])
def test_shares_of_all_groups_sum_to_one_at_any_number_of_samples(n, k):
    groups = [i % 5 for i in range(n)]
    assert sum(maj_at_k(groups, {group}, k) for group in range(5)) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(("right", "wrong", "k"), [(7, 5, 4), (40, 24, 16), (900, 1100, 301), (3000, 2000, 64)])
def test_two_answers_are_a_hypergeometric_count(right, wrong, k):
    ahead = hypergeom(right + wrong, right, k).sf(k // 2) + (hypergeom(right + wrong, right, k).pmf(k / 2) / 2)
    assert maj_at_k([0] * right + [1] * wrong, {0}, k) == pytest.approx(ahead, abs=1e-9)


@given(st.integers(0, 3000), st.floats(1e-3, 1))
def test_binomial_is_scipys(n, share):
    assert _binomial(n, share) == pytest.approx(binom.pmf(range(n + 1), n, share), abs=1e-11)


def test_the_operations_grow_with_what_there_is_to_count():
    few, many = [i % 2 for i in range(64)], [i % 16 for i in range(64)]
    assert exact_operations([0] * 64, set(), 16) == 0
    assert exact_operations(few, {0}, 4) < exact_operations(few, {0}, 32)
    assert exact_operations(few * 16, {0}, 512) > 100 * exact_operations(few, {0}, 32)
    assert exact_operations(many, {0}, 2) > exact_operations(few, {0}, 2)


def test_pass_by_hand():
    assert pass_at_k(4, 1, 1) == 0.25
    assert pass_at_k(4, 1, 2) == 0.5
    assert pass_at_k(4, 2, 2) == pytest.approx(5 / 6)
    assert pass_at_k(4, 0, 4) == 0.0
    assert pass_at_k(4, 3, 2) == 1.0
    assert pass_at_k(5000, 2, 2500) == pytest.approx(1 - 2500 * 2499 / (5000 * 4999), abs=1e-12)
    assert pass_at_k(64, 3, 16) == pytest.approx(1 - comb(61, 16) / comb(64, 16), abs=1e-12)


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
