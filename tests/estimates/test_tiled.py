"""The benchmark's output projection against torch's own log-softmax."""

import pytest
import torch

from estimates import tiled
from gradus.estimates.activations import Tile


def test_values_and_gradients_are_those_of_log_softmax(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiled, "TILE", Tile(5, 7, 0))
    torch.manual_seed(0)
    # Numbers that bfloat16 holds exactly, so that only sums differ.
    hidden = torch.randint(-8, 9, (13, 16)).div(8).requires_grad_()
    weight = torch.randint(-8, 9, (30, 16)).div(8).requires_grad_()
    targets, upstream = torch.randint(0, 30, (13,)), torch.randn(13)
    found = tiled.TiledLogprobs.apply(hidden, weight, targets, 2.0)
    gradients = torch.autograd.grad(found, (hidden, weight), upstream)
    plain = torch.log_softmax(hidden @ weight.T / 2.0, -1).gather(1, targets[:, None])[:, 0]
    expected = torch.autograd.grad(plain, (hidden, weight), upstream)
    assert torch.allclose(found, plain, atol=0.02)
    for one, other in zip(gradients, expected, strict=True):
        assert torch.nn.functional.cosine_similarity(one.flatten(), other.flatten(), dim=0) > 0.999
        assert torch.allclose(one, other, atol=0.02)
