import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gradus.sampling.protocol import Decoding
from gradus.sampling.torch.draws import draw, uniforms

INT64 = st.integers(-(2**63), 2**63 - 1)


def splitmix(z: int) -> int:
    """The finaliser in plain integers."""
    wide = 2**64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % wide
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % wide
    return z ^ (z >> 31)


def test_splitmix_known_value():
    """First output of SplitMix64 seeded with 1234567 (the generator's published test vector)."""
    assert splitmix((1234567 + 0x9E3779B97F4A7C15) % 2**64) == 6457827717110365317


@given(seed=INT64, position=st.integers(0, 2**40))
def test_uniforms_equal_plain_integers(seed, position):
    golden, wide = 0x9E3779B97F4A7C15, 2**64
    expected = (splitmix((splitmix((seed + golden) % wide) + position * golden) % wide) >> 11) / 2**53
    found = uniforms(np.array([seed]), np.array([position]))[0]
    assert found == expected
    assert 0 <= found < 1


@pytest.mark.parametrize("by", ["seed", "position"])
def test_uniforms_are_uniform_and_uncorrelated(by):
    """Neighbouring seeds and neighbouring positions are what runs use."""
    n = 20_000
    counter, constant = np.arange(n), np.full(n, 3)
    numbers = uniforms(counter, constant) if by == "seed" else uniforms(constant, counter)
    assert stats.kstest(numbers, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 4 / math.sqrt(n)
    pairs, _, _ = np.histogram2d(numbers[:-1], numbers[1:], bins=8, range=[[0, 1], [0, 1]])
    assert stats.chisquare(pairs.flatten()).pvalue > 1e-3


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.7, 1.0), (1.0, 0.8)])
def test_draws_follow_the_distribution(temperature, top_p):
    logits = torch.tensor([1.0, -0.5, 0.3, 2.0, -3.0, 0.0])
    probs = (logits / temperature).softmax(-1).double()
    allowed = probs.clone()
    if top_p < 1:  # by hand: the likeliest tokens up to the one that reaches 0.8
        order = probs.argsort(descending=True)
        assert order[:3].tolist() == [3, 0, 2]
        assert probs[order[:2]].sum() < 0.8 < probs[order[:3]].sum()
        allowed[order[3:]] = 0
    n = 20_000
    numbers = torch.from_numpy(uniforms(np.arange(n), np.zeros(n, np.int64)))
    tokens, logprobs = draw(logits.expand(n, -1), numbers, Decoding(1, temperature, (), top_p))
    torch.testing.assert_close(logprobs, probs.log().float()[tokens], atol=1e-5, rtol=1e-5)
    counts = np.bincount(tokens, minlength=6)
    expected = (allowed / allowed.sum() * n).numpy()
    assert (counts[expected == 0] == 0).all()
    assert stats.chisquare(counts[expected > 0], expected[expected > 0]).pvalue > 1e-3


def test_inverse_of_the_distribution_by_hand():
    logits = torch.tensor([[0.25, 0.5, 0.25]]).log().expand(5, -1)
    tokens, _ = draw(
        logits, torch.tensor([0.0, 0.2499, 0.2501, 0.7499, 0.99999999], dtype=torch.float64), Decoding(1, 1.0, ())
    )
    assert tokens.tolist() == [0, 0, 1, 1, 2]


def test_a_token_of_no_probability_is_never_drawn():
    logits = torch.tensor([[float("-inf"), 0.0, float("-inf")]]).expand(2, -1)
    tokens, logprobs = draw(logits, torch.tensor([0.0, 1 - 2.0**-53], dtype=torch.float64), Decoding(1, 1.0, ()))
    assert tokens.tolist() == [1, 1]
    assert logprobs.tolist() == [0.0, 0.0]


def test_temperature_zero_takes_the_likeliest():
    logits = torch.tensor([[0.1, 2.0, 1.0]])
    tokens, logprobs = draw(logits, torch.tensor([0.999], dtype=torch.float64), Decoding(1, 0.0, ()))
    assert tokens.tolist() == [1]
    torch.testing.assert_close(logprobs, logits.log_softmax(-1)[:, 1])


SHARES = [0.4, 0.3, 0.15, 0.1, 0.05]


@pytest.mark.parametrize(
    ("truncation", "left"),
    [
        ({}, 5),
        ({"top_k": 2}, 2),
        ({"top_k": 9}, 5),
        ({"min_p": 0.25}, 4),  # a quarter of 0.4 is 0.1, which the fourth has
        ({"min_p": 0.26}, 3),
        ({"top_p": 0.8}, 3),  # 0.7 is not enough
        # Of 0.4, 0.3 and 0.15 the first two have 0.82 together, of all five 0.7.
        ({"top_p": 0.8, "top_k": 3}, 2),
        ({"top_p": 0.8, "min_p": 0.26}, 2),
        ({"top_k": 4, "min_p": 0.5}, 2),
        ({"top_p": 0.5, "top_k": 3, "min_p": 0.26}, 2),
        ({"top_k": 1}, 1),
    ],
)
def test_what_may_be_drawn(truncation: dict[str, Any], left: int) -> None:
    """By hand, for tokens in no order of their probability; log-probabilities are those among all."""
    order = [3, 0, 4, 1, 2]
    logits = torch.empty(5).scatter(0, torch.tensor(order), torch.tensor(SHARES).log()).expand(2000, -1)
    numbers = torch.from_numpy(uniforms(np.arange(2000), np.zeros(2000, np.int64)))
    tokens, logprobs = draw(logits, numbers, Decoding(1, 1.0, (), **truncation))
    counts = np.bincount(tokens, minlength=5)[order]
    assert (counts > 0).tolist() == [place < left for place in range(5)]
    expected = np.array(SHARES[:left]) / sum(SHARES[:left]) * 2000
    assert left == 1 or stats.chisquare(counts[:left], expected).pvalue > 1e-3
    torch.testing.assert_close(logprobs, logits[0].log_softmax(-1)[tokens], atol=1e-5, rtol=1e-5)
