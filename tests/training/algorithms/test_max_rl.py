"""Maximum-likelihood reinforcement learning: advantages worked by hand, and what their mean gradient is."""

import itertools
import math

import pytest
import torch

from gradus.training.algorithm import load_algorithm

advantages = load_algorithm("max_rl").advantages


def test_advantages_are_over_the_rate_of_success() -> None:
    found = advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]), True)
    assert found.tolist() == [
        pytest.approx([3.0, -1.0, -1.0, -1.0]),
        pytest.approx([1 / 3, 1 / 3, 1 / 3, -1.0]),
        [0.0, 0.0, 0.0, 0.0],
    ]
    assert advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0]]), False)[0].tolist() == [0.75, -0.25, -0.25, -0.25]


def test_the_weight_of_a_reward_changes_nothing() -> None:
    rewards = torch.tensor([[0.2, 0.7, 0.0]])
    assert torch.allclose(advantages(3 * rewards, True), advantages(rewards, True))


def test_penalties_do_not_blow_up_what_they_bring_the_mean_near() -> None:
    """The mean of the first group is 1/100, its best reward over its size 1/4; the second has no success."""
    found = advantages(torch.tensor([[0.5, -0.48], [-0.5, -0.1]]), True)
    assert found.tolist() == [pytest.approx([0.49 / 0.25, -0.49 / 0.25]), [0.0, 0.0]]


@pytest.mark.parametrize("size", [2, 3, 5])
def test_the_mean_gradient_is_that_of_the_first_terms_of_the_log_likelihood(size: int) -> None:
    """Over all groups that a policy of P(right) = sigmoid(x) draws. log P is minus the sum over k of (1 - P)^k / k, of
    which it is the first G - 1 terms: a group without success has no baseline either."""
    x = torch.tensor(-0.7, requires_grad=True)
    right = x.sigmoid()
    terms = sum(-((1 - right) ** k) / k for k in range(1, size))
    (expected,) = torch.autograd.grad(terms, x)
    p = right.item()
    scores = {True: 1 - p, False: -p}  # d log P / dx
    mean = 0.0
    for outcome in itertools.product([True, False], repeat=size):
        chance = math.prod(p if won else 1 - p for won in outcome)
        found = advantages(torch.tensor([[float(won) for won in outcome]]), True)[0].tolist()
        mean += chance * sum(a * scores[won] for a, won in zip(found, outcome, strict=True)) / size
    assert mean == pytest.approx(expected.item(), rel=1e-5)
