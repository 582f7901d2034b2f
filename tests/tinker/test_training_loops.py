"""Trainings on a real server: what they leave is what the server has, and another training continues it."""

from pathlib import Path
from typing import Any

import pytest
from serving import NAME, Server
from tiny import answering, job_of, problems, traces

from gradus.models.describe import write_manifest
from gradus.models.lora import TARGETS
from gradus.models.manifest import MANIFEST
from gradus.problems.table import write_problems
from gradus.provenance.files import read_json, write_json
from gradus.provenance.job import Job
from gradus.training.examples import training_rows
from gradus.training.rollouts.sampler import HeldOut
from gradus.training.tinker import grpo, sft
from gradus.training.torch import sft as torch_sft
from gradus.training.torch.embedded import Start
from model_folders import model_of
from sampling.sample_jobs import write_service

pytestmark = pytest.mark.slow

SHARED: dict[str, Any] = {"service": {"model": NAME}, "lora": {"rank": 4, "alpha": 32.0, "targets": TARGETS}}
SFT = SHARED | {"batch_size": 4, "epochs": 2, "held_out_share": 0.25, "learning_rate": 1e-2}
RL = SHARED | {
    "steps": 4,
    "batch_size": 2,
    "group_size": 4,
    "max_tokens": 12,
    "checkpoint_every": 2,
    "learning_rate": 3e-3,
    "rewards": {"random": {"weight": 1.0}, "shows_work": {"weight": 1.0, "marks": ["1"], "wrong_only": False}},
    "kl_coef": 0.1,
    "kl_guard": None,
    "loss": "ppo",
    "overlap": 1,
}


DISTILLATION = RL | {
    "algorithm": "distillation",
    "reference": {"dense": "base", "adapter": "sft"},
    "reference_service": {"model": NAME},
    "rewards": {"correct": {"weight": 0.0}},
    "loss": "importance_sampling",
    "normalisation": "token",
    "scale_advantages": False,
    "kl_coef": 0.0,
    "overlap": 0,
    "steps": 8,
    "batch_size": 8,
    "group_size": 1,
    "checkpoint_every": 8,
    "learning_rate": 1e-2,
}


def job(root: Path, server: Server, name: str, settings: dict[str, Any], **paths: Path) -> Job:
    prices = {NAME: {"prefill": 1.0, "sample": 2.0, "train": 3.0}}
    write_service(root, url=server.url, prices=prices)
    return job_of(root, name, {role: [str(path)] for role, path in paths.items()}, **settings)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("loops")


@pytest.fixture
def tuned(root: Path, server: Server, tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a model that was fine-tuned on the server, once for all tests here."""
    out = root / "sft"
    if not out.is_dir():
        monkeypatch.setenv("WANDB_MODE", "disabled")
        trained = job(root, server, "sft_custom", SFT)
        rows = sft.train(trained, model_of(tiny_base / "model.safetensors"), traces(16), trained.state_folder(), out)
        write_json(out / "rows.json", {"rows": rows})
    return out


def test_the_loss_falls_and_checkpoints_are_kept(tuned: Path) -> None:
    rows = read_json(tuned / "rows.json")["rows"]
    steps = [row for row in rows if "loss" in row]
    assert [row["step"] for row in steps] == [1, 2, 3, 4, 5, 6]
    assert steps[-1]["loss"] < 0.8 * steps[0]["loss"]
    assert all(row["grad_norm"] > 0 for row in steps)
    assert [row["dollars"] for row in steps] == pytest.approx([3e-6 * row["tokens"] for row in steps])
    assert [row["step"] for row in rows if "held_out_loss" in row] == [3, 6]
    for folder in (tuned, *(tuned / "checkpoints").iterdir()):
        assert {"adapter_config.json", "adapter_model.safetensors", "tinker.json", "tokenizer.json"} <= {
            path.name for path in folder.iterdir()
        }


def test_the_exported_adapter_is_the_policy_on_the_server(
    tuned: Path, root: Path, server: Server, tiny_base: Path
) -> None:
    """The server's own held-out loss, against the adapter's files in the torch backend."""
    held_out_losses = [row["held_out_loss"] for row in read_json(tuned / "rows.json")["rows"] if "held_out_loss" in row]
    for step, measured in zip((3, 6), held_out_losses, strict=True):
        adapter = tuned / "checkpoints" / f"step-{step:04d}" / "adapter_model.safetensors"
        start = Start(model_of(tiny_base / "model.safetensors", adapter))
        _, held_out = training_rows(job(root, server, "sft_custom", SFT), traces(16), start)
        policy = start.policy("lora", 4, 32.0, TARGETS, 0)
        assert torch_sft.mean_loss(policy, held_out) == pytest.approx(measured, rel=1e-4)
    assert read_json(tuned / "adapter_config.json")["target_modules"] == sorted(TARGETS)


def test_rl_continues_from_it_with_its_own_learning_rate(
    tuned: Path, root: Path, server: Server, tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "disabled")
    write_problems(root / "held_out.parquet", problems())
    continued = job(root, server, "direct_rl", RL, held_out=root / "held_out.parquet")
    start = model_of(tiny_base / "model.safetensors", tuned / "tinker.json")
    before = server.completions()
    rows = grpo.train(continued, start, problems(), continued.state_folder(), root / "rl")
    steps = [row for row in rows if "loss" in row]
    assert [row["step"] for row in steps] == [1, 2, 3, 4]
    assert steps[0]["learning_rate"] == 3e-3
    # The reference is the tuned model: before the first update the policy is just that, and then it is not.
    assert abs(steps[0]["kl"]) < 1e-6 < steps[-1]["kl"]
    assert steps[0]["clip_share"] == 0
    assert continued.dollars > sum(row["dollars"] for row in steps) > 0
    assert server.steps()[read_json(root / "rl" / "tinker.json")["state"].split("/")[2]] == 4
    assert set((server.completions() - before).values()) == {1}
    _held_out_rewards_are_those_of_the_checkpoints(rows, root, tiny_base, continued.settings)


def _held_out_rewards_are_those_of_the_checkpoints(
    rows: list[dict[str, Any]], root: Path, tiny_base: Path, settings: dict[str, Any]
) -> None:
    """The torch backend measures the same greedy rewards with the adapters' files."""
    measured = {row["step"]: row["held_out_reward"] for row in rows if "held_out_reward" in row}
    assert list(measured) == [2, 4]
    for step, reward in measured.items():
        adapter = root / "rl" / "checkpoints" / f"step-{step:04d}" / "adapter_model.safetensors"
        start = Start(model_of(tiny_base / "model.safetensors", adapter))
        assert HeldOut(start, problems(), settings).reward(answering(start)) == pytest.approx(reward, rel=1e-5)


def test_a_student_comes_nearer_to_a_teacher_that_was_trained_there(
    tuned: Path, root: Path, server: Server, tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The teacher is the fine-tuned adapter, the student starts from the base."""
    monkeypatch.setenv("WANDB_MODE", "disabled")
    write_manifest(tuned, base=tiny_base / MANIFEST)
    job(root, server, "direct_rl", DISTILLATION)
    teacher = {"reference": [str(tiny_base / MANIFEST), str(tuned / MANIFEST)]}
    taught = job_of(root, "direct_rl", teacher, **DISTILLATION)
    start = model_of(tiny_base / "model.safetensors")
    rows = grpo.train(taught, start, problems(), taught.state_folder(), root / "taught")
    rows = [row for row in rows if "loss" in row]
    kls = [row["teacher_kl"] for row in rows]
    assert all(row["kl"] is None for row in rows)
    assert sum(kls[-2:]) < 0.8 * sum(kls[:2])
