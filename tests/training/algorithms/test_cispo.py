"""CISPO: losses and gradients worked by hand."""

import pytest
import torch

from gradus.specs.training import GrpoSpec
from gradus.training.algorithm import load_algorithm
from gradus.training.loss import PolicyLoss

PRESET = load_algorithm("cispo").preset
SETTINGS = {"algorithm": "cispo", "loss": PRESET.loss, "clip_low": PRESET.clip_low, "clip_high": PRESET.clip_high}
SETTINGS |= {"kl_coef": 0.0, "kl_estimator": "k3", "normalisation": PRESET.normalisation, "max_tokens": 4}


def test_every_token_keeps_a_gradient_of_its_ratio_cut_from_above_alone() -> None:
    """Ratios 6, 1/100 and 1 with the advantages 1 and -2: the first is cut at 5, the others are as they are."""
    ratios, old = torch.tensor([[6.0, 0.01], [1.0, 1.0]]), torch.tensor([[-2.0, -1.0], [-1.0, 0.0]])
    now = (old + ratios.log()).requires_grad_()
    mask = torch.tensor([[1.0, 1.0], [1.0, 0.0]])
    policy_loss = PolicyLoss.of(GrpoSpec.model_construct(**SETTINGS))
    loss, clipped = policy_loss(now, old, None, torch.tensor([1.0, -2.0]), mask, completions=2, tokens=3)
    values = now.detach()
    expected = -(5.0 * values[0, 0] + 0.01 * values[0, 1] - 2.0 * values[1, 0]) / 3
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert clipped == 1
    loss.backward()
    assert now.grad.tolist() == [pytest.approx([-5 / 3, -0.01 / 3]), pytest.approx([2 / 3, 0.0])]
