"""The KL estimates and the clips of a token's loss, and how losses are averaged: values worked by hand."""

import math
from typing import Any

import pytest
import torch

from gradus.specs.training import GrpoSpec
from gradus.study.settings.grpo import KlEstimator
from gradus.training.loss import PolicyLoss, kl_estimate
from gradus.training.surrogate import Surrogate

SETTINGS: dict[str, Any] = {"algorithm": "grpo", "loss": "ppo", "clip_low": 0.2, "clip_high": 0.2, "kl_coef": 0.0}
SETTINGS |= {"kl_estimator": "k3", "normalisation": "token", "max_tokens": 4}


def policy_loss(**changes: Any) -> PolicyLoss:
    return PolicyLoss.of(GrpoSpec.model_construct(**SETTINGS | changes))


def test_estimates_of_a_token_that_the_policy_finds_twice_as_likely_as_the_reference() -> None:
    now, reference = torch.tensor([0.5]).log(), torch.tensor([0.25]).log()
    d = -math.log(2)
    assert kl_estimate(now, reference, "k1").item() == pytest.approx(math.log(2))
    assert kl_estimate(now, reference, "k2").item() == pytest.approx(d * d / 2)
    assert kl_estimate(now, reference, "k3").item() == pytest.approx(0.5 - d - 1)
    assert kl_estimate(now, reference).item() == kl_estimate(now, reference, "k3").item()


@pytest.mark.parametrize(("estimator", "direction"), [("k1", "none"), ("k2", "reverse"), ("k3", "forward")])
def test_what_the_mean_gradient_of_an_estimate_follows(estimator: KlEstimator, direction: str) -> None:
    """Over the tokens that a policy of three draws, by enumeration."""
    logits = torch.tensor([0.3, -1.0, 0.5], dtype=torch.float64, requires_grad=True)
    reference = torch.tensor([-0.4, 0.2, 0.9], dtype=torch.float64).log_softmax(-1)
    now = logits.log_softmax(-1)
    estimates = kl_estimate(now, reference, estimator)
    (found,) = torch.autograd.grad((now.exp().detach() * estimates).sum(), logits, retain_graph=True)
    targets = {
        "none": 0.0 * logits.sum(),
        "reverse": (now.exp() * (now - reference)).sum(),
        "forward": (reference.exp() * (reference - now)).sum(),
    }
    gradients = {name: torch.autograd.grad(of, logits, retain_graph=True)[0] for name, of in targets.items()}
    assert torch.allclose(found, gradients[direction], atol=1e-12)
    assert all(not torch.allclose(found, of, atol=1e-3) for name, of in gradients.items() if name != direction)


@pytest.mark.parametrize("estimator", ["k1", "k2", "k3"])
def test_the_penalty_is_the_estimate_that_was_asked_for(estimator: KlEstimator) -> None:
    now, reference = torch.tensor([[-1.0, -2.0]]), torch.tensor([[-1.5, -1.0]])
    loss, _ = policy_loss(kl_coef=0.1, kl_estimator=estimator)(
        now, now, reference, torch.zeros(1), torch.ones(1, 2), completions=1, tokens=2
    )
    gaps = [0.5, -1.0]
    values = {"k1": gaps, "k2": [g * g / 2 for g in gaps], "k3": [math.exp(-g) + g - 1 for g in gaps]}[estimator]
    assert loss.item() == pytest.approx(0.1 * sum(values) / 2)


@pytest.mark.parametrize("advantage", [1.0, -1.0])
def test_the_dual_clip_bounds_the_loss_of_a_token_that_was_wrong_and_became_much_likelier(advantage: float) -> None:
    ratios = torch.tensor([[0.5, 1.0, 2.0, 10.0]], requires_grad=True)
    advantages = torch.tensor([[advantage]])
    losses, clipped = Surrogate("ppo", 0.2, 0.2, clip_dual=3.0)(ratios, advantages, ratios.detach().log())
    expected = [-0.5, -1.0, -1.2, -1.2] if advantage > 0 else [0.8, 1.0, 2.0, 3.0]
    assert losses[0].tolist() == pytest.approx(expected)
    losses.sum().backward()
    gradient = [-1.0, -1.0, 0.0, 0.0] if advantage > 0 else [0.0, 1.0, 1.0, 0.0]
    assert ratios.grad[0].tolist() == gradient
    assert clipped[0].tolist() == [value == 0.0 for value in gradient]
    unbounded, _ = Surrogate("ppo", 0.2, 0.2)(ratios, advantages, ratios.detach().log())
    assert unbounded[0, 3].item() == pytest.approx(-1.2 if advantage > 0 else 10.0)


def test_a_lower_clip_of_one_is_none() -> None:
    ratios = torch.tensor([1e-6, 1.0])
    for loss in ("ppo", "cispo"):
        _, clipped = Surrogate(loss, 1.0, 0.2)(ratios, torch.tensor([-1.0]), ratios.log())
        assert clipped.tolist() == [False, False]


@pytest.mark.parametrize(
    ("normalisation", "shares"),
    [("sequence", (1 / 2, 1 / 6)), ("token", (1 / 4, 1 / 4)), ("constant", (1 / 8, 1 / 8))],
)
def test_the_example_of_the_documentation(normalisation: str, shares: tuple[float, float]) -> None:
    """Two completions, of one token and of three, with the advantages 1 and -1, by the policy itself; max_tokens 4."""
    logprobs = torch.full((2, 3), -1.0, requires_grad=True)
    mask = torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    loss, _ = policy_loss(normalisation=normalisation)(
        logprobs, logprobs.detach(), None, torch.tensor([1.0, -1.0]), mask, completions=2, tokens=4
    )
    short, long = shares
    assert loss.item() == pytest.approx(-short + 3 * long, abs=1e-7)
    loss.backward()
    assert logprobs.grad.tolist() == [pytest.approx([-short, 0.0, 0.0]), pytest.approx([long] * 3)]
