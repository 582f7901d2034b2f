"""Loss and gradient of every algorithm on tensors made by hand: ours beside TRL's own `_compute_loss`."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from parity import trl_job
from tiny import problems
from torch import Tensor
from trl import GRPOTrainer

from gradus.specs.training import GrpoSpec
from gradus.study.settings.plugins import plugin_names
from gradus.training.algorithm import ALGORITHMS, load_algorithm
from gradus.training.causal_lm import load
from gradus.training.loss import PolicyLoss
from gradus.training.trl.grpo_trainer import GrpoTrainer
from model_folders import model_of

MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0]])
OLD = torch.tensor([[-1.0, -2.0, -0.5, -3.0], [-1.5, -0.2, 0, 0], [-2.5, -1.0, -0.7, 0], [-0.3, 0, 0, 0]])
MOVED = torch.tensor([[0.1, 0.9, -0.8, 2.5], [-0.4, 0.05, 0, 0], [1.9, -0.1, 0.3, 0], [0.7, 0, 0, 0]])
"""What an update did to the log-probabilities: within the clips, and beyond each of them for both signs."""
REFERENCE = OLD - torch.tensor([[0.3, -0.6, 0.2, 0.1], [0.4, 0.5, 0, 0], [-0.2, 0.9, 0.0, 0], [0.25, 0, 0, 0]])
ALL = torch.ones(len(MASK), dtype=torch.bool)
REWARDS = torch.tensor([[1.0, 0.0], [0.25, 1.0]])


def by_ours(now: Tensor, advantages: Tensor, settings: GrpoSpec, tokens: int, rows: Tensor) -> Tensor:
    """The loss of these rows, as their share of that of all."""
    tensors = (now, OLD, REFERENCE, advantages, MASK.float())
    return PolicyLoss.of(settings)(*(each[rows] for each in tensors), completions=len(now), tokens=tokens)[0]


def by_trl(
    now: Tensor, advantages: Tensor, settings: GrpoSpec, tokens: int, rows: Tensor, root: Path, model: Path
) -> Tensor:
    """The loss that TRL's trainer has by our arguments, where it would compute the log-probabilities; it masks the
    other rows, as it does under mask_truncated_completions."""
    trainer = GrpoTrainer(load(model_of(model), settings, root), problems(1), root)
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = 1
    trainer._get_per_token_logps_and_entropies = lambda *_, **__: (now, torch.zeros_like(now), None)
    empty = torch.zeros(len(now), 1, dtype=torch.long)
    inputs = {"prompt_ids": empty, "prompt_mask": empty, "completion_ids": torch.zeros_like(MASK)}
    inputs |= {"completion_mask": MASK * rows[:, None], "advantages": advantages}
    inputs |= {"old_per_token_logps": OLD, "ref_per_token_logps": REFERENCE, "num_items_in_batch": torch.tensor(tokens)}
    loss: Tensor = GRPOTrainer._compute_loss(trainer, trainer.model, inputs)
    return loss


def settings_of(root: Path, name: str, **changes: Any) -> GrpoSpec:
    preset = asdict(replace(load_algorithm(name).preset, rewards={})) | {"kl_estimator": "k3"}
    size = {"rewards": {"correct": {"weight": 1.0}}, "batch_size": 2, "group_size": 2, "max_tokens": 4}
    settings: GrpoSpec = trl_job(root, "direct_rl", algorithm=name, **preset | size | changes).settings
    return settings


def assert_alike(settings: GrpoSpec, root: Path, model: Path, rows: Tensor = ALL) -> Tensor:
    """Loss and gradient are the same, which is returned; nothing is learned from the other rows."""
    advantages = load_algorithm(settings.algorithm).advantages(REWARDS, settings.scale_advantages).flatten()
    tokens, found = int(MASK[rows].sum()), []
    for loss_of in (by_ours, lambda *given: by_trl(*given, root, model)):
        now = (OLD + MOVED).requires_grad_()
        loss = loss_of(now, advantages, settings, tokens, rows)
        loss.backward()
        found.append((loss.item(), now.grad))
    (ours, gradient), (theirs, other) = found
    assert ours == pytest.approx(theirs, rel=1e-6)
    torch.testing.assert_close(gradient, other, rtol=1e-5, atol=1e-7)
    assert gradient.abs().max() > 1e-3
    return gradient


@pytest.mark.parametrize("kl_coef", [0.0, 0.1])
@pytest.mark.parametrize("name", plugin_names(ALGORITHMS))
def test_every_algorithm(name: str, kl_coef: float, model: Path, tmp_path: Path) -> None:
    assert_alike(settings_of(tmp_path, name, kl_coef=kl_coef), tmp_path, model)


@pytest.mark.parametrize("name", ["grpo", "gspo"])
def test_the_dual_clip(name: str, model: Path, tmp_path: Path) -> None:
    wide = {"kl_coef": 0.0, "clip_low": 0.2, "clip_high": 0.2}
    plain, bounded = (
        assert_alike(settings_of(tmp_path, name, **wide, clip_dual=dual), tmp_path, model) for dual in (None, 1.3)
    )
    assert not torch.equal(plain, bounded)


@pytest.mark.parametrize("normalisation", ["sequence", "token", "constant"])
def test_completions_that_were_cut_are_in_the_denominators_of_trl(
    normalisation: str, model: Path, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, "grpo", normalisation=normalisation, kl_coef=0.1)
    kept = torch.tensor([True, False, True, True])
    assert assert_alike(settings, tmp_path, model, kept)[1].abs().max() == 0
