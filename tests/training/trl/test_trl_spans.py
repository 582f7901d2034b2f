"""Ranges of a step of the trl backend: those of the torch backend."""

from pathlib import Path

import pytest
from parity import trl_job
from tiny import problems, traces
from torch.profiler import ProfilerActivity, profile

from gradus.training.trl import grpo, sft
from model_folders import model_of

SHORT = {"batch_size": 3, "epochs": 1}
STEP = {"steps": 1, "batch_size": 2, "group_size": 4, "max_tokens": 4, "rewards": {"random": {"weight": 1.0}}}

SFT = {"forward", "backward", "optimizer_step"}
GRPO = SFT | {"rollout_generation", "reward_computation", "advantage_computation", "policy_loss_backward"}


@pytest.mark.parametrize(("loop", "name", "expected"), [(sft, "sft_custom", SFT), (grpo, "direct_rl", GRPO)])
def test_a_step_has_the_ranges_that_the_seed_names(loop, name, expected, model: Path, tmp_path: Path) -> None:
    job = trl_job(tmp_path, name, **(SHORT if loop is sft else STEP))
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        loop.train(job, model_of(model), traces(6) if loop is sft else problems(), tmp_path / "state", tmp_path / "out")
    assert expected <= {event.name for event in recorded.events()}
