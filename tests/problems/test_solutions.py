import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.problems.pocket.chain import LARGEST, Chain, apply, draw_chain
from gradus.problems.pocket.solutions import flawed, public_style, worked
from gradus.provenance.errors import GradusError

CHAIN = Chain(12, (("+", 7), ("-", 4)))


@st.composite
def chains(draw):
    level = draw(st.sampled_from(sorted(LARGEST)))
    return draw_chain(random.Random(draw(st.integers(0, 10**9))), level, LARGEST[level])


def test_known_solutions():
    assert worked(CHAIN) == "12+7=19\n19-4=15\n\\boxed{15}"
    assert worked(Chain(9, (("*", 2),))) == "9*2=18\n\\boxed{18}"
    assert flawed(CHAIN, "early", random.Random(0)) == "12+7=19\n\\boxed{19}"
    assert flawed(CHAIN, "no_box", random.Random(0)) == "12+7=19\n19-4=15\nThe answer is 15"
    assert public_style(CHAIN, "lamps") == (
        "There are 12 lamps.\nThen 12 + 7 = 19.\nThen 19 - 4 = 15.\nAgain: 12, 19, 15.\nThe answer is \\boxed{15}."
    )
    with pytest.raises(GradusError, match="'late' is unknown"):
        flawed(CHAIN, "late", random.Random(0))


@given(chain=chains(), seed=st.integers(0, 10**9))
def test_a_slip_is_one_wrong_result_carried_on(chain, seed):
    text = flawed(chain, "slip", random.Random(seed))
    *lines, box = text.split("\n")
    assert len(lines) == len(chain.steps)
    total, wrong = chain.start, 0
    for line, (op, number) in zip(lines, chain.steps):
        left, result = line.split("=")
        assert left == f"{total}{op}{number}"
        wrong += int(result) != apply(total, op, number)
        total = int(result)
        assert 0 <= total <= 99
    assert wrong == 1
    assert box == f"\\boxed{{{total}}}"
    assert total != chain.answer


@given(chain=chains(), seed=st.integers(0, 10**9))
def test_early_is_always_wrong(chain, seed):
    text = flawed(chain, "early", random.Random(seed))
    assert not text.endswith(f"\\boxed{{{chain.answer}}}")
    assert text.count("\n") == max(1, len(chain.steps) - 1)


@given(chain=chains())
def test_public_style_is_right(chain):
    text = public_style(chain, "lamps")
    assert text.endswith(f"\\boxed{{{chain.answer}}}.")
    # Every step once, spaced, and every total once more.
    sums = worked(chain).split("\n")[:-1]
    assert all(line in text.replace(" ", "") for line in sums)
    assert ", ".join(map(str, chain.totals)) in text


def test_public_style_is_three_to_four_times_as_long():
    rng = random.Random(0)
    drawn = [draw_chain(rng, level, LARGEST[level]) for level in (2, 3, 4, 5) for _ in range(100)]
    ratio = sum(len(public_style(chain, "lamps")) for chain in drawn) / sum(len(worked(chain)) for chain in drawn)
    assert 3 < ratio < 4
