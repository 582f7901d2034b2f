import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.problems.pocket.chain import LARGEST, LEVELS, LONGER, Chain, apply, draw_chain

LEVEL = st.sampled_from(sorted(LARGEST))


def test_known_values():
    chain = Chain(12, (("+", 7), ("*", 2), ("-", 4)))
    assert (chain.key, chain.totals, chain.answer) == ("12+7*2-4", (19, 38, 34), 34)
    with pytest.raises(ValueError, match="unknown operation"):
        apply(1, "/", 1)


def test_levels_count_steps():
    assert sorted(LEVELS) == [1, 2, 3, 4, 5]
    assert sorted(LONGER) == [6, 7]


@given(seed=st.integers(0, 10**9), level=LEVEL)
def test_drawn_chains_keep_their_bounds(seed, level):
    chain = draw_chain(random.Random(seed), level, LARGEST[level])
    assert len(chain.steps) == level
    assert all(0 <= total <= 99 for total in chain.totals)
    assert all(2 <= number <= LARGEST[level] for number in (chain.start, *(number for _, number in chain.steps)))
    assert all(op in "+-*" and (op != "*" or number == 2) for op, number in chain.steps)
    # No step leaves the total as it was: an answer one step early is always wrong.
    assert all(before != after for before, after in zip((chain.start, *chain.totals), chain.totals))


def test_totals_stay_in_range_where_numbers_are_large():
    rng = random.Random(0)
    totals = {total for _ in range(2000) for total in draw_chain(rng, 7, 60).totals}
    assert min(totals) >= 0
    assert max(totals) == 99


def test_every_operation_comes_up_in_its_share():
    rng = random.Random(0)
    ops = [op for _ in range(4000) for op, _ in draw_chain(rng, 3, 15).steps]
    assert 0.04 < ops.count("*") / len(ops) < 0.12
    assert 0.35 < ops.count("+") / len(ops) < 0.65


def test_too_small_numbers_are_refused():
    with pytest.raises(ValueError, match="2 or more"):
        draw_chain(random.Random(0), 1, 1)
