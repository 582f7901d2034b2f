"""Every algorithm trains: two steps on a tiny policy, by the embedded network and by a model of transformers."""

import itertools
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file
from tiny import job_of, problems, verdicts_by_text

from gradus.study.settings.plugins import plugin_names
from gradus.training import groups
from gradus.training.algorithm import ALGORITHMS, load_algorithm
from gradus.training.groups import Group
from gradus.training.rollouts.sampler import GroupSampler
from gradus.training.torch import grpo
from model_folders import model_of

NETWORKS = ("gradus.training.torch.embedded", "gradus.training.torch.module.network")
SIZE = {"steps": 2, "batch_size": 4, "group_size": 4, "max_tokens": 8, "checkpoint_every": 9}
TAUGHT = {"distillation"}
"""What learns nothing from its own start: see test_distillation.py."""
SIZE |= {"learning_rate": 3e-3, "rewards": {"correct": {"weight": 1.0}}}


def train(root: Path, model: Path, network: str, **settings: Any) -> list[dict[str, Any]]:
    job = job_of(root, "direct_rl", **settings)
    backend, _, *others = job.modules
    job.modules = (backend, network, *others)
    (root / "state").mkdir(parents=True, exist_ok=True)
    return grpo.train(job, model_of(model), problems(), root / "state", root / "out")


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", [name for name in plugin_names(ALGORITHMS) if name not in TAUGHT])
def test_two_steps(name: str, network: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "grade_completions", verdicts_by_text)
    rows = train(tmp_path, model, network, algorithm=name, **asdict(load_algorithm(name).preset) | SIZE)
    assert [row["step"] for row in rows] == [1, 2]
    assert all(row["grad_norm"] > 0 and row["kl"] is not None for row in rows)
    assert rows[1]["kl"] > 0
    (file,) = (tmp_path / "out").glob("*.safetensors")
    moved = [tensor.abs().max().item() for name, tensor in load_file(file).items() if "lora_B" in name]
    assert moved
    assert all(0 < value < 0.1 for value in moved)


def test_groups_that_lost_completions_take_the_same_steps_in_both_networks(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every third completion is called cut, so that groups of a micro-batch have unlike sizes."""
    monkeypatch.setattr(groups, "grade_completions", verdicts_by_text)
    draw = GroupSampler.draw

    def cut(self: GroupSampler, *given: Any) -> list[Group]:
        drawn = draw(self, *given)
        for place, group in itertools.product(range(8), drawn):
            ended = "length" if (place + drawn.index(group)) % 3 == 0 else "stop"
            group.completions[place] = replace(group.completions[place], finish_reason=ended)
        return drawn

    monkeypatch.setattr(GroupSampler, "draw", cut)
    settings = SIZE | {"mask_truncated": True, "kl_coef": 0.1, "group_size": 8, "learning_rate": 3e-5}
    ours, theirs = (train(tmp_path / network, model, network, **settings) for network in NETWORKS)
    for one, other in zip(ours, theirs, strict=True):
        assert one["truncated"] == pytest.approx(11 / 32)
        for key in ("loss", "kl", "entropy", "grad_norm"):
            assert one[key] == pytest.approx(other[key], rel=1e-3, abs=1e-6), key
