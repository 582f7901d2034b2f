"""On-policy distillation in the torch backend: advantages by hand, and a student that comes nearer to its teacher."""

from pathlib import Path
from typing import Any

import pytest
import torch
from test_loops import SHORT
from tiny import job_of, problems, save_tiny_model

from gradus.models.manifest import MANIFEST
from gradus.provenance.job import Job
from gradus.sampling.protocol import Completion
from gradus.training.groups import Group
from gradus.training.held_out import greedy
from gradus.training.optimizer import Optimizer
from gradus.training.step_batch import step_batch
from gradus.training.torch import grpo
from gradus.training.torch.completions import Batch
from gradus.training.torch.embedded import OtherModel, Start
from model_folders import model_of

EMBEDDED, MODULE = "gradus.training.torch.embedded", "gradus.training.torch.module.network"
DISTILLATION: dict[str, Any] = SHORT | {
    "algorithm": "distillation",
    "loss": "importance_sampling",
    "normalisation": "token",
    "rewards": {"correct": {"weight": 0.0}},
    "kl_coef": 0.0,
    "kl_guard": None,
    "scale_advantages": False,
    "dynamic_sampling": False,
    "reference": {"dense": "teacher"},
    "batch_size": 8,
    "group_size": 1,
    "max_tokens": 12,
    "checkpoint_every": 100,
}


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifest of a model of another shape, whose distribution is not far from flat."""
    folder = tmp_path_factory.mktemp("teacher")
    save_tiny_model(folder, std=0.15, hidden=48, inner=32)
    return folder / MANIFEST


def distillation_job(root: Path, teacher: Path, **settings: Any) -> Job[Any]:
    return job_of(root, "direct_rl", {"reference": [str(teacher)]}, **DISTILLATION | settings)


def a_group(completions: list[list[int]], logprobs: list[list[float]], rewards: list[float]) -> Group:
    made = [Completion(ids, old, "stop") for ids, old in zip(completions, logprobs, strict=True)]
    return Group([5, 6, 7], made, rewards, {"correct": rewards}, [])


def test_a_token_gains_what_the_teacher_gives_it_over_the_student(model: Path, teacher: Path, tmp_path: Path) -> None:
    """Added to the advantage of the reward, on every completion, whether its group has a signal or not."""
    settings = distillation_job(tmp_path, teacher, group_size=2, batch_size=2, temperature=0.8).settings
    groups = [
        a_group([[8, 9], [9]], [[-1.0, -2.0], [-3.0]], [1.0, 0.0]),
        a_group([[8], [10, 11]], [[-1.0], [-1.0, -4.0]], [1, 1]),
    ]
    batch = step_batch(groups, settings)
    assert (batch.with_signal, batch.places, batch.tokens) == (2, [0, 1], 6)
    start, other = Start(model_of(model)), OtherModel.read(model_of(teacher))
    policy = start.policy("full", 0, 0.0, (), 0)
    drawn = Batch([g.prompt_ids for g in groups], [g.completions for g in groups], batch.advantages)
    with torch.no_grad():
        theirs_N_C, _ = policy.completion_logprobs(other, drawn, 0.8)
        ours_N_C, _ = policy.completion_logprobs(policy.weights(), drawn, 0.8)
    expected_N_C = torch.tensor([[0.5], [-0.5], [0.0], [0.0]]) + (theirs_N_C - drawn.old_N_C)
    mask_N_C = drawn.mask_N_C
    row = grpo.update(policy, other, Optimizer(policy.parameters, [0.9, 0.95], 0.0, 1.0), batch, 0.0, settings)
    ratio_N_C = (ours_N_C - drawn.old_N_C).exp()
    assert row["loss"] == pytest.approx(float(-(ratio_N_C * expected_N_C * mask_N_C).sum() / 6), rel=1e-4)
    assert row["teacher_kl"] == pytest.approx(float(((drawn.old_N_C - theirs_N_C) * mask_N_C).sum() / 6), rel=1e-4)
    assert row["kl"] is None


@pytest.mark.parametrize("network", [EMBEDDED, MODULE])
def test_the_student_comes_nearer_to_its_teacher(network: str, model: Path, teacher: Path, tmp_path: Path) -> None:
    settings = {"steps": 30, "batch_size": 16, "method": "full", "learning_rate": 3e-3}
    job = distillation_job(tmp_path, teacher, **settings, network="transformers" if network == MODULE else "embedded")
    job.modules[1] = network
    rows = grpo.train(job, model_of(model), problems(), job.state_folder(), tmp_path / "out")
    kls = [row["teacher_kl"] for row in rows]
    assert all(row["kl"] is None and row["groups_without_signal"] == 0 for row in rows)
    assert sum(kls[-5:]) < 0.75 * sum(kls[:5])


def test_a_reward_that_is_only_logged_counts_where_checkpoints_are_compared(teacher: Path, tmp_path: Path) -> None:
    settings = distillation_job(tmp_path, teacher).settings
    assert greedy(settings).rewards == {"correct": {"weight": 1.0}}
    weighed = settings.model_copy(update={"rewards": {"correct": {"weight": 0.5}, "random": {"weight": 0.0}}})
    assert greedy(weighed).rewards == weighed.rewards
