"""REINFORCE leave-one-out: advantages and gradients worked by hand."""

import pytest
import torch

from gradus.specs.training import GrpoSpec
from gradus.training.algorithm import load_algorithm
from gradus.training.loss import PolicyLoss

SETTINGS = {"algorithm": "rloo", "loss": "ppo", "clip_low": 0.2, "clip_high": 0.2}
SETTINGS |= {"kl_coef": 0.0, "kl_estimator": "k3", "normalisation": "constant", "max_tokens": 4}


def test_each_completion_is_measured_against_the_mean_of_the_others() -> None:
    rewards = torch.tensor([[1.0, 0.0, 0.5, 0.0]])
    advantages = load_algorithm("rloo").advantages(rewards, False)
    # The others' means are 1/6, 1/2, 1/3 and 1/2.
    assert advantages[0].tolist() == pytest.approx([5 / 6, -1 / 2, 1 / 6, -1 / 2])
    # The sample deviation of the rewards: the squares of 5/8, -3/8, 1/8 and -3/8 add up to 11/16.
    scaled = load_algorithm("rloo").advantages(rewards, True)
    assert scaled[0].tolist() == pytest.approx([x / ((11 / 48) ** 0.5 + 1e-4) for x in advantages[0].tolist()])


def test_on_the_policys_own_completions_the_gradient_is_that_of_reinforce() -> None:
    """Of the summed log-probability of a completion times its advantage, over completions and the constant 4."""
    logprobs = torch.tensor([[-1.0, -2.0, 0.0], [-0.5, -1.0, -3.0]], requires_grad=True)
    mask, advantages = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]), torch.tensor([0.5, -0.5])
    loss, clipped = PolicyLoss.of(GrpoSpec.model_construct(**SETTINGS))(
        logprobs, logprobs.detach(), None, advantages, mask, 2, 5
    )
    loss.backward()
    assert clipped == 0
    assert logprobs.grad.tolist() == [
        pytest.approx([-0.5 / 8, -0.5 / 8, 0.0]),
        pytest.approx([0.5 / 8, 0.5 / 8, 0.5 / 8]),
    ]
