from fractions import Fraction
from itertools import combinations
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.vote_enumeration import enumerated
from gradus.evaluation.votes import estimates as vote_estimates
from gradus.evaluation.votes.estimates import Estimate, best_of, mean_estimate, plurality, weighted_plurality
from gradus.evaluation.votes.exact import maj_at_k
from gradus.provenance.errors import GradusError

# weights with many equal sums, such as 1/3 + 1/6 = 1/2, and with 0
WEIGHTS = st.sampled_from([Fraction(n, d) for n in range(4) for d in (1, 2, 3, 6)])
CASES = st.lists(st.tuples(st.integers(-1, 4), WEIGHTS), min_size=1, max_size=8).flatmap(
    lambda samples: st.tuples(st.just(samples), st.sets(st.integers(0, 4)), st.integers(1, len(samples)))
)


@pytest.fixture
def no_budget(monkeypatch):
    monkeypatch.setattr(vote_estimates, "BUDGET_OPERATIONS", 0)


@settings(max_examples=300)
@given(CASES)
def test_the_weighted_vote_is_the_mean_over_all_subsets(case):
    samples, correct, k = case
    groups, weights = [group for group, _ in samples], [weight for _, weight in samples]
    estimate = weighted_plurality(groups, correct, [float(weight) for weight in weights], k, seed=0)
    assert estimate == Estimate(pytest.approx(enumerated(groups, correct, k, weights), abs=1e-12), 0.0)


@given(CASES, st.floats(0.01, 100))
def test_only_the_proportions_of_weights_matter(case, factor):
    samples, correct, k = case
    groups, weights = [group for group, _ in samples], np.array([float(weight) for _, weight in samples])
    scaled = weighted_plurality(groups, correct, weights * factor, k, seed=0)
    assert scaled.value == pytest.approx(weighted_plurality(groups, correct, weights, k, seed=0).value, abs=1e-12)


@given(CASES)
def test_the_best_of_k_is_the_mean_over_all_subsets(case):
    samples, correct, k = case
    groups, weights = [group for group, _ in samples], [float(weight) for _, weight in samples]

    def score(chosen):
        answered = [i for i in chosen if groups[i] != -1]
        best = [i for i in answered if weights[i] == max(weights[j] for j in answered)]
        return sum(groups[i] in correct for i in best) / len(best) if best else 0.0

    scores = [score(chosen) for chosen in combinations(range(len(groups)), k)]
    assert best_of(groups, correct, weights, k).value == pytest.approx(sum(scores) / len(scores), abs=1e-12)


def test_the_best_of_k_by_hand():
    # Of the pairs of a right .9, a wrong .8, a blank 1 and a wrong .1, three have the right one.
    assert best_of([0, 1, -1, 2], {0}, [0.9, 0.8, 1.0, 0.1], 2).value == 0.5
    assert best_of([0, 1, -1, 2], {0}, [0.9, 0.8, 1.0, 0.1], 4).value == 1.0
    with pytest.raises(GradusError, match="the best of 2 samples needs as many weights"):
        best_of([0, 1], {0}, [1.0], 1)


def test_by_hand():
    # one long wrong answer outweighs two short right ones, unless it is left out of the pair
    assert weighted_plurality([0, 0, 1], {0}, [1, 1, 3], 3, seed=0).value == 0.0
    assert weighted_plurality([0, 0, 1], {0}, [1, 1, 3], 2, seed=0).value == pytest.approx(1 / 3)
    assert weighted_plurality([0, 0, 1], {0}, [1, 2, 3], 3, seed=0).value == 0.5  # equal sums share
    assert (
        weighted_plurality([0, 0, 1], {0}, [0.1, 0.2, 0.3], 3, seed=0).value == 0.5
    )  # where floats say 0.30000000000000004
    assert weighted_plurality([0, 1], {0}, [0, 0], 2, seed=0).value == 0.0  # nobody votes
    assert weighted_plurality([0, -1, -1], {0}, [1, 9, 9], 3, seed=0).value == 1.0  # no answer casts no vote


def test_equal_weights_are_the_plain_vote_at_any_size():
    groups = [i % 7 for i in range(64)]
    for k in (1, 5, 64):
        assert weighted_plurality(groups, {2}, [2.5] * 64, k, seed=0).value == maj_at_k(groups, {2}, k)


@pytest.mark.usefixtures("no_budget")
def test_monte_carlo_is_near_the_exact_value_by_its_own_error():
    generator = np.random.default_rng(11)
    off = []
    for case in range(40):
        groups = generator.integers(-1, 4, size=12).tolist()
        weights = generator.integers(1, 9, size=12).tolist()
        for k in (3, 7):
            plain, weighted = plurality(groups, {0, 1}, k, case), weighted_plurality(groups, {0, 1}, weights, k, case)
            if plain.error:
                off.append((plain.value - maj_at_k(groups, {0, 1}, k)) / plain.error)
            if weighted.error:
                off.append((weighted.value - enumerated(groups, {0, 1}, k, weights)) / weighted.error)
    assert len(off) > 120
    assert max(map(abs, off)) < 4.5
    assert 0.8 < np.std(off) < 1.2


@pytest.mark.usefixtures("no_budget")
def test_draws_of_one_estimate_differ_from_block_to_block(monkeypatch):
    """Drawn in many blocks, the value is as near as its error says: blocks that repeat would be one block's worth."""
    groups, weights = [0, 0, 1, 1, 1, 2, 2, 3], [3, 2, 1, 2, 1, 4, 1, 2]
    exact = enumerated(groups, {0}, 3, weights)
    monkeypatch.setattr(vote_estimates, "BLOCK_NUMBERS", len(groups) * 50)  # 200 blocks of 50 subsets
    blocks = list(vote_estimates._drawn_subsets(len(groups), 3, seed=1))
    assert sum(map(len, blocks)) == vote_estimates.DRAWS
    assert len({block.tobytes() for block in blocks}) == len(blocks) == 200
    estimates = [weighted_plurality(groups, {0}, weights, 3, seed) for seed in range(30)]
    off = [(estimate.value - exact) / estimate.error for estimate in estimates]
    assert max(map(abs, off)) < 4
    assert 0.6 < np.std(off) < 1.5


@pytest.mark.parametrize("block", [8, 24, 8 * 10_000])
def test_going_through_subsets_in_blocks_changes_nothing(monkeypatch, block):
    groups, weights = [0, 0, 1, 1, 1, 2, 2, -1], [3, 2, 1, 2, 1, 4, 1, 2]
    monkeypatch.setattr(vote_estimates, "BLOCK_NUMBERS", block)
    for k in (2, 5, 8):
        assert weighted_plurality(groups, {0}, weights, k, seed=0) == Estimate(
            pytest.approx(enumerated(groups, {0}, k, weights), abs=1e-12)
        )


@pytest.mark.usefixtures("no_budget")
def test_monte_carlo_repeats_by_seed():
    groups, weights = [0, 1, 1, 2, 0, 3], [3, 1, 1, 4, 2, 2]
    for estimate in (plurality, lambda g, c, k, seed: weighted_plurality(g, c, weights, k, seed)):
        assert estimate(groups, {0}, 3, 5) == estimate(groups, {0}, 3, 5)
        assert estimate(groups, {0}, 3, 5) != estimate(groups, {0}, 3, 6)


@pytest.mark.usefixtures("no_budget")
def test_draws_that_all_agree_still_have_an_error():
    sure = plurality([0] * 60 + [1], {0}, 40, seed=0)
    assert sure.value == 1.0
    assert 0 < sure.error < 0.001


@pytest.mark.usefixtures("no_budget")
def test_all_right_all_wrong_and_all_silent_are_exact():
    assert plurality([0, 0, 1, -1], {0, 1}, 2, seed=0) == Estimate(1.0)
    assert plurality([0, -1, -1], {0}, 2, seed=0) == Estimate(pytest.approx(2 / 3))
    assert plurality([0, 1, -1], set(), 2, seed=0) == Estimate(0.0)
    assert weighted_plurality([-1, -1], {0}, [1, 2], 2, seed=0) == Estimate(0.0)
    assert weighted_plurality([0, 1], {0}, [1, 0], 1, seed=0) == Estimate(0.5)


def test_what_is_dear_is_estimated_and_says_so():
    groups = [i % 13 for i in range(3000)]
    assert plurality(groups, {1}, 2, seed=0).error == 0.0
    estimate = plurality(groups, {1}, 1500, seed=0)
    assert estimate.error > 0
    assert estimate.value == pytest.approx(0.1, abs=0.05)
    assert weighted_plurality(list(range(64)), {1}, list(range(64)), 32, seed=0).error > 0


def test_the_error_of_a_mean():
    assert mean_estimate([Estimate(0.5, 0.03), Estimate(1.0, 0.04)]) == Estimate(0.75, pytest.approx(0.05 / 2))
    assert mean_estimate([Estimate(0.2), Estimate(0.4)]).error == 0.0
    assert mean_estimate([Estimate(0.5, 0.1)] * 100).error == pytest.approx(0.1 / sqrt(100))


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [1.0, float("nan")], [1.0, float("inf")]])
def test_impossible_weights_are_refused(weights):
    with pytest.raises(GradusError, match="2 samples"):
        weighted_plurality([0, 1], {0}, weights, 1, seed=0)


def test_impossible_k_is_refused():
    for k in (0, 3):
        with pytest.raises(GradusError, match="choose k"):
            plurality([0, 1], {0}, k, seed=0)
        with pytest.raises(GradusError, match="choose k"):
            weighted_plurality([0, 1], {0}, [1, 2], k, seed=0)
