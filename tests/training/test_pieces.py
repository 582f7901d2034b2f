"""Advantages, losses, schedules, batches and the optimizer's state: values worked by hand."""

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradus.specs.training import GrpoSpec
from gradus.training.advantages import group_advantages, informative
from gradus.training.batches import by_length, packed, padded
from gradus.training.loss import PolicyLoss, kl_estimate
from gradus.training.optimizer import Optimizer
from gradus.training.order import epoch_order
from gradus.training.schedule import learning_rate_factor
from gradus.training.state import TrainingState, load_state, save_state


def test_advantages_by_hand():
    rewards = torch.tensor([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]])
    centred = group_advantages(rewards, scale=False)
    assert centred[0].tolist() == [0.75, -0.25, -0.25, -0.25]
    # The sample deviation of 1, 0, 0, 0 is 1/2.
    assert group_advantages(rewards, scale=True)[0].tolist() == pytest.approx([x / 0.5001 for x in centred[0].tolist()])
    assert group_advantages(rewards, scale=True)[1].abs().max() == 0
    assert informative(rewards).tolist() == [True, False]


SETTINGS = {
    "algorithm": "grpo",
    "loss": "ppo",
    "clip_low": 0.2,
    "clip_high": 0.2,
    "kl_coef": 0.0,
    "kl_estimator": "k3",
    "normalisation": "token",
    "max_tokens": 4,
}


def loss_of(**changes):
    return PolicyLoss.of(GrpoSpec.model_construct(**SETTINGS | changes))


def one(ratio: float, advantage: float, **changes):
    """Loss and clipped tokens of a single token."""
    loss, clipped = loss_of(**changes)(
        torch.tensor([[math.log(ratio)]]), torch.zeros(1, 1), None, torch.tensor([advantage]), torch.ones(1, 1), 1, 1
    )
    return loss.item(), clipped.item()


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "clipped"),
    [
        (1.0, 2.0, -2.0, 0),
        (1.5, 2.0, -2.4, 1),  # gains stop at 1 + clip_high
        (0.5, 2.0, -1.0, 0),  # but a fall below is felt in full
        (0.5, -1.0, 0.8, 1),
        (1.5, -1.0, 1.5, 0),
    ],
)
def test_clipped_surrogate(ratio, advantage, loss, clipped):
    assert one(ratio, advantage) == (pytest.approx(loss), clipped)


def test_asymmetric_clip_leaves_more_room_upwards():
    assert one(1.25, 1.0, clip_high=0.28) == (pytest.approx(-1.25), 0)
    assert one(1.5, 1.0, clip_high=0.28)[0] == pytest.approx(-1.28)


@pytest.mark.parametrize(
    ("loss", "ratio", "advantage", "expected", "clipped"),
    [
        ("importance_sampling", 1.5, 2.0, -3.0, 0),  # no clip at any distance
        ("importance_sampling", 0.5, -1.0, 0.5, 0),
        ("cispo", 1.5, 2.0, -1.2 * 2.0 * math.log(1.5), 1),
        ("cispo", 0.5, 2.0, -0.8 * 2.0 * math.log(0.5), 1),  # both sides count as clipped, whatever the advantage
        ("cispo", 1.1, -1.0, 1.1 * math.log(1.1), 0),
    ],
)
def test_the_other_losses_of_a_token(loss, ratio, advantage, expected, clipped):
    assert one(ratio, advantage, loss=loss) == (pytest.approx(expected), clipped)


@pytest.mark.parametrize(
    ("loss", "ratio", "gradient"),
    [
        ("ppo", 1.5, 0.0),  # beyond the clip nothing is learnt
        ("ppo", 1.1, -2.0 * 1.1),
        ("importance_sampling", 1.5, -2.0 * 1.5),
        ("cispo", 1.5, -2.0 * 1.2),  # the clipped ratio weighs the gradient of log p
        ("cispo", 1.1, -2.0 * 1.1),
    ],
)
def test_gradients_of_the_losses_in_a_tokens_log_probability(loss, ratio, gradient):
    logprobs = torch.tensor([[math.log(ratio)]], requires_grad=True)
    value, _ = loss_of(loss=loss)(
        logprobs, torch.zeros(1, 1), None, torch.tensor([2.0]), torch.ones(1, 1), completions=1, tokens=1
    )
    value.backward()
    assert logprobs.grad.item() == pytest.approx(gradient)


@pytest.mark.parametrize(
    ("normalisation", "expected"),
    [
        ("sequence", -(1.0 + -2.0) / 2),  # mean of 1, and mean of -2
        ("token", -(1.0 * 1 - 2.0 * 3) / 4),
        ("constant", -(1.0 * 1 - 2.0 * 3) / (2 * 4)),
    ],
)
def test_normalisations(normalisation, expected):
    mask = torch.tensor([[1.0, 0, 0], [1, 1, 1]])
    logprobs = torch.zeros(2, 3)
    loss, _ = loss_of(normalisation=normalisation)(
        logprobs, logprobs, None, torch.tensor([1.0, -2.0]), mask, completions=2, tokens=4
    )
    assert loss.item() == pytest.approx(expected)


def test_kl_estimate_by_hand_and_in_the_loss():
    estimate = kl_estimate(torch.tensor([0.0, math.log(0.5)]), torch.tensor([0.0, math.log(0.25)]))
    assert estimate.tolist() == pytest.approx([0.0, 0.5 - math.log(0.5) - 1])
    assert (kl_estimate(torch.randn(100), torch.randn(100)) >= 0).all()
    logprobs, reference = torch.full((1, 1), math.log(0.5)), torch.full((1, 1), math.log(0.25))
    loss, _ = loss_of(kl_coef=0.1)(logprobs, logprobs, reference, torch.zeros(1), torch.ones(1, 1), 1, 1)
    assert loss.item() == pytest.approx(0.1 * (0.5 - math.log(0.5) - 1))


def test_schedules():
    assert [learning_rate_factor(s, 10, "constant", 2) for s in (0, 1, 2, 9)] == [0.5, 1.0, 1.0, 1.0]
    assert [learning_rate_factor(s, 12, "linear", 2) for s in (2, 7, 11)] == [1.0, 0.5, pytest.approx(0.1)]
    assert learning_rate_factor(5, 10, "cosine", 0) == pytest.approx(0.5)
    assert learning_rate_factor(10, 10, "cosine", 0, floor=0.1) == pytest.approx(0.1)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(1, 200))
def test_micro_batches_hold_everything_once_within_bounds(lengths, most):
    batches = by_length(lengths, most)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= most


@given(st.lists(st.integers(1, 20), min_size=1, max_size=40))
def test_packing_keeps_examples_whole(lengths):
    examples = [([number] * length, [True] * length) for number, length in enumerate(lengths)]
    rows = packed(examples, 20)
    assert sorted(ids[0] for row in rows for ids, _ in row) == list(range(len(lengths)))
    assert all(sum(len(ids) for ids, _ in row) <= 20 for row in rows)


def test_epoch_order_is_a_shuffle_that_stays():
    assert sorted(epoch_order(50, 3, 0)) == list(range(50))
    assert epoch_order(50, 3, 0) == epoch_order(50, 3, 0) != epoch_order(50, 3, 1)
    assert padded([[1, 2], [3]], fill=9).tolist() == [[1, 2], [3, 9]]


@pytest.mark.parametrize("muon", [False, True])
def test_a_restored_optimizer_takes_the_same_next_step(muon, tmp_path: Path):
    def fresh():
        generator = torch.Generator().manual_seed(0)
        shapes = {"a.weight": (8, 4), "embed": (6, 4), "norm": (4,)}
        parameters = {n: torch.randn(s, generator=generator).requires_grad_() for n, s in shapes.items()}
        return Optimizer(parameters, [0.9, 0.95], 0.1, 1.0, muon=muon)

    def step(optimizer, seed):
        generator = torch.Generator().manual_seed(seed)
        for p in optimizer.parameters.values():
            p.grad = torch.randn(p.shape, generator=generator)
        return optimizer.step(1e-2)

    through, stopped = fresh(), fresh()
    for seed in (1, 2):
        assert step(through, seed) == step(stopped, seed)
    save_state(tmp_path, TrainingState(2, [{"step": 2, "loss": 0.5}], {"drawn": 7}), stopped.state())
    resumed = fresh()
    state, tensors = load_state(tmp_path)
    resumed.restore(tensors)
    assert (state.step, state.metrics, state.carried) == (2, [{"step": 2, "loss": 0.5}], {"drawn": 7})
    step(through, 3)
    step(resumed, 3)
    for name, p in through.parameters.items():
        assert torch.equal(p, resumed.parameters[name]), name


def test_no_state_is_a_fresh_start(tmp_path: Path):
    assert load_state(tmp_path) is None


def test_vectors_are_not_decayed_and_gradients_are_clipped():
    vector, matrix = torch.ones(4, requires_grad=True), torch.ones(2, 2, requires_grad=True)
    optimizer = Optimizer({"v": vector, "m": matrix}, [0.9, 0.95], 0.5, 1.0)
    vector.grad, matrix.grad = torch.zeros(4), torch.zeros(2, 2)
    assert optimizer.step(0.1) == 0
    assert vector.tolist() == [1.0] * 4
    assert matrix.flatten().tolist() == pytest.approx([0.95] * 4)
    vector.grad, matrix.grad = torch.full((4,), 3.0), torch.zeros(2, 2)
    assert optimizer.step(0.1) == pytest.approx(6.0)


def test_gradients_are_scaled_down_to_the_norm_that_the_settings_name():
    """AdamW's first step is the same at any scale, so what the clip does is seen in its moments."""
    vector = torch.ones(4, requires_grad=True)
    optimizer = Optimizer({"v": vector}, [0.9, 0.95], 0.0, 2.0)
    vector.grad = torch.full((4,), 3.0)
    assert optimizer.step(0.1) == pytest.approx(6.0)
    assert optimizer.state()["exp_avg/v"].tolist() == pytest.approx([0.1 * 3.0 * 2.0 / 6.0] * 4)
