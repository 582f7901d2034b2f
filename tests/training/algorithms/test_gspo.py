"""Group sequence policy optimisation: losses and gradients worked by hand."""

import math

import pytest
import torch

from gradus.specs.training import GrpoSpec
from gradus.training.algorithm import load_algorithm
from gradus.training.loss import PolicyLoss

PRESET = load_algorithm("gspo").preset
SETTINGS = {"algorithm": "gspo", "loss": "ppo", "clip_low": PRESET.clip_low, "clip_high": PRESET.clip_high}
SETTINGS |= {"kl_coef": 0.0, "kl_estimator": "k3", "normalisation": PRESET.normalisation, "max_tokens": 4}
MASK = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])


def loss_of(log_ratios: torch.Tensor, advantages: list[float], **changes: object) -> tuple[torch.Tensor, torch.Tensor]:
    old = torch.full_like(log_ratios, -1.0)
    policy_loss = PolicyLoss.of(GrpoSpec.model_construct(**SETTINGS | changes))
    return policy_loss(old + log_ratios, old, None, torch.tensor(advantages), MASK, completions=2, tokens=5)


def test_the_preset_has_the_papers_narrow_clip() -> None:
    assert (PRESET.clip_low, PRESET.clip_high, PRESET.kl_coef) == (3e-4, 4e-4, 0.0)


def test_a_completions_ratio_is_the_geometric_mean_of_its_tokens() -> None:
    """Padding has no say: mean log-ratios 0.0002 (within the clip) and -0.0001."""
    log_ratios = torch.tensor([[0.3002, -0.2998, 9.0], [0.2, -0.1, -0.1003]])
    loss, clipped = loss_of(log_ratios, [1.0, -2.0])
    assert loss.item() == pytest.approx((-math.exp(2e-4) + 2 * math.exp(-1e-4)) / 2, abs=1e-6)
    assert clipped == 0


def test_a_completion_beyond_the_clip_has_no_gradient_and_the_others_share_theirs_over_their_tokens() -> None:
    log_ratios = torch.tensor([[0.001, 0.001, 0.0], [0.0, 0.0003, -0.0003]], requires_grad=True)
    loss, clipped = loss_of(log_ratios, [1.0, -2.0])
    assert clipped == 2  # both tokens of the first completion
    assert loss.item() == pytest.approx((-(1 + 4e-4) + 2.0) / 2)
    loss.backward()
    assert log_ratios.grad[0].tolist() == [0.0, 0.0, 0.0]
    assert log_ratios.grad[1].tolist() == pytest.approx([2.0 / 3 / 2] * 3)


def test_averaged_over_tokens_a_completion_weighs_by_its_length() -> None:
    loss, _ = loss_of(torch.zeros(2, 3), [1.0, -2.0], normalisation="token")
    assert loss.item() == pytest.approx((-2 * 1.0 + 3 * 2.0) / 5)
