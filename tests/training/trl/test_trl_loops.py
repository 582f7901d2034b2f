"""Whole runs of the trl backend on a tiny model: beside the torch backend's, resumed, continued, and kept."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from parity import trl_job
from safetensors.torch import load_file
from stopping import stopped_before
from test_loops import SHORT, without_times
from tiny import job_of, problems, save_tiny_model, traces
from transformers import GPT2Config, GPT2LMHeadModel

from gradus.models.lora import load_adapter
from gradus.specs.base import JobSettings
from gradus.training.torch import grpo as torch_grpo
from gradus.training.torch import sft as torch_sft
from gradus.training.torch.embedded import Start
from gradus.training.trl import grpo, sft
from gradus.training.trl.run import Run
from model_folders import model_of

BATCHES = {"batch_size": 4, "epochs": 2, "held_out_share": 0.2}
ELSEWHERE = {
    "backend",  # chose the module
    "network",  # there is no choice
    "traces",  # are among the job's files, as
    "problems",
    "weights",
    "reference_service",  # of Tinker's
    "algorithm",  # a preset, whose values stand beside it
    "loss",  # refused when planned, but for one
    "kl_estimator",  # the same
    "overlap",  # refused when planned
    "micro_batch_tokens",  # as is this,
    "master_dtype",  # this
    "gpus",  # and more than one of these
    "service",  # there is none
    "rate_family",  # `learning_rate: auto` is a number before the loop begins
    "grading",  # is read by what rewards, which has the settings themselves
    "held_out",  # is among the job's files
    "reference",  # as is this
}
"""Keys of a spec that a trl job has no use for."""


def run(loop: Any, root: Path, name: str, weights: list[Path], **settings: Any) -> list[dict[str, Any]]:
    data = traces(12) if loop in (sft, torch_sft) else problems()
    (root / "state").mkdir(parents=True, exist_ok=True)
    job = (trl_job if loop in (sft, grpo) else job_of)(root, name, **settings)
    return loop.train(job, model_of(*weights), data, root / "state", root / "out")


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({"method": "lora"}, 3),
        ({"method": "full"}, 3),
        ({"method": "full", "reduction": "sum", "drop_last": True, "evaluate_every": 3}, 2),
    ],
)
def test_sft_is_step_by_step_that_of_the_torch_backend(
    changes: dict[str, Any], first: int, model: Path, tmp_path: Path
) -> None:
    settings = BATCHES | changes
    ours = run(torch_sft, tmp_path / "torch", "sft_custom", [model], **settings)
    theirs = run(sft, tmp_path / "trl", "sft_custom", [model], **settings, micro_batch=2)
    assert [list(row) for row in theirs] == [list(row) for row in ours]
    for mine, other in zip(ours, theirs, strict=True):
        for key, value in mine.items():
            assert other[key] == pytest.approx(value, rel=1e-3), (key, mine, other)
    kept = [sorted(p.relative_to(tmp_path / b) for p in (tmp_path / b / "out").rglob("*")) for b in ("torch", "trl")]
    assert kept[0] == kept[1]
    ids = torch.tensor([[5, 6, 7]])
    for place in ("out", f"out/checkpoints/step-000{first}"):
        logits = [_logits(model, tmp_path / backend / place, ids) for backend in ("torch", "trl")]
        assert torch.allclose(*logits, atol=2e-2), place
        assert not torch.allclose(logits[1], _logits(model, model.parent, ids), atol=2e-2)


def _logits(model: Path, folder: Path, ids: torch.Tensor) -> torch.Tensor:
    from gradus.models.qwen3 import hidden_states, logits

    adapter = folder / "adapter_model.safetensors"
    start = Start(model_of(model, adapter) if adapter.is_file() else model_of(folder / "model.safetensors"))
    with torch.no_grad():
        return logits(start.weights(), hidden_states(start.weights(), start.arch, ids))


def test_grpo_has_the_metrics_and_checkpoints_of_the_torch_backend(model: Path, tmp_path: Path) -> None:
    ours = run(torch_grpo, tmp_path / "torch", "direct_rl", [model], **SHORT)
    theirs = run(grpo, tmp_path / "trl", "direct_rl", [model], **SHORT, micro_batch=4)
    for mine, other in zip(ours, theirs, strict=True):
        assert set(mine) <= set(other)
        # The control's coin falls by seeds that the backends share.
        assert (mine["step"], mine["groups"], mine["reward_random"]) == (
            other["step"],
            other["groups"],
            other["reward_random"],
        )
    assert theirs[0]["kl"] == 0
    assert theirs[-1]["kl"] > 0
    assert all(math.isfinite(row["grad_norm"]) and row["grad_norm"] > 0 for row in theirs)
    out = tmp_path / "trl" / "out"
    assert sorted(p.name for p in (out / "checkpoints").iterdir()) == ["step-0002", "step-0004"]
    last = load_file(out / "checkpoints/step-0004/adapter_model.safetensors")
    for name, tensor in load_file(out / "adapter_model.safetensors").items():
        assert torch.equal(tensor, last[name])


class Watched:
    """Settings that know which of them were asked for."""

    def __init__(self, settings: JobSettings) -> None:
        self.settings = settings
        self.asked: set[str] = set()

    def __getattr__(self, key: str) -> Any:
        self.asked.add(key)
        return getattr(self.settings, key)


@pytest.mark.parametrize(("loop", "name"), [(sft, "sft_custom"), (grpo, "direct_rl")])
def test_no_setting_is_dropped(loop: Any, name: str, model: Path, tmp_path: Path) -> None:
    job = trl_job(tmp_path, name, **(BATCHES if loop is sft else SHORT))
    watched = job.settings = Watched(job.settings)
    (tmp_path / "state").mkdir()
    loop.train(job, model_of(model), traces() if loop is sft else problems(), tmp_path / "state", tmp_path / "out")
    assert set(type(watched.settings).model_fields) - watched.asked <= ELSEWHERE


@pytest.mark.usefixtures("_saves_always")
@pytest.mark.parametrize(
    ("loop", "name", "settings"),
    [
        (sft, "sft_custom", BATCHES | {"micro_batch": 2, "lora": {"rank": 4, "alpha": 8.0, "dropout": 0.3}}),
        (sft, "sft_custom", BATCHES | {"epochs": 3, "drop_last": True, "evaluate_every": 3, "reduction": "sum"}),
        pytest.param(grpo, "direct_rl", SHORT | {"method": "full", "schedule": "cosine"}, marks=pytest.mark.slow),
        (grpo, "direct_rl", SHORT | {"updates_per_batch": 2, "micro_batch": 6}),
    ],
)
def test_a_run_that_was_stopped_ends_as_if_it_had_not(
    loop: Any, name: str, settings: dict[str, Any], model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(loop, tmp_path / "whole", name, [model], **settings)
    with stopped_before(4):
        run(loop, tmp_path / "resumed", name, [model], **settings)
    assert [p.name for p in (tmp_path / "resumed/state").glob("checkpoint-*")] == [
        f"checkpoint-{3 * settings.get('updates_per_batch', 1)}"
    ]
    resumed = run(loop, tmp_path / "resumed", name, [model], **settings)
    assert without_times(resumed) == without_times(whole)
    for file in (tmp_path / "whole" / "out").rglob("*.safetensors"):
        other = load_file(tmp_path / "resumed" / file.relative_to(tmp_path / "whole"))
        for key, tensor in load_file(file).items():
            assert torch.allclose(tensor, other[key], atol=1e-6), (file, key)


@pytest.mark.usefixtures("_saves_always")
@pytest.mark.parametrize(
    ("method", "kl_coef"), [("lora", 0.04), ("lora", 0.0), pytest.param("full", 0.04, marks=pytest.mark.slow)]
)
def test_the_reference_is_the_adapter_that_a_run_continues(
    method: str, kl_coef: float, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(sft, tmp_path / "first", "sft_custom", [model], **BATCHES, learning_rate=1e-2)
    start = [model, tmp_path / "first/out/adapter_model.safetensors"]
    settings = SHORT | {"steps": 3, "checkpoint_every": 3, "method": method, "kl_coef": kl_coef, "learning_rate": 5e-3}
    add = Run.add

    def stop(self: Run, row: dict[str, Any], shown: str) -> None:
        if row["step"] == 3:
            raise KeyboardInterrupt
        add(self, row, shown)

    monkeypatch.setattr(Run, "add", stop)
    with pytest.raises(KeyboardInterrupt):
        run(grpo, tmp_path / "then", "direct_rl", start, **settings)
    monkeypatch.setattr(Run, "add", add)
    rows = run(grpo, tmp_path / "then", "direct_rl", start, **settings)
    assert rows[0]["kl"] == pytest.approx(0, abs=1e-6)
    # After the resumption too: a reference that moved along, or the base, would be elsewhere.
    assert 0 < rows[1]["kl"] < rows[2]["kl"] < 5


def test_a_kl_spike_lowers_the_learning_rate(model: Path, tmp_path: Path) -> None:
    guard = {"threshold": 1e-9, "factor": 0.5}
    rows = run(grpo, tmp_path, "direct_rl", [model], **SHORT, kl_guard=guard, learning_rate=1e-2)
    expected = 1e-2
    for row in rows:
        assert row["learning_rate"] == pytest.approx(expected)
        expected *= 0.5 if row["kl"] > 1e-9 else 1.0
    assert expected < 1e-2


def test_without_a_signal_nothing_moves(model: Path, tmp_path: Path) -> None:
    settings = SHORT | {"rewards": {"correct": {"weight": 1.0}}, "weight_decay": 0.1, "method": "full"}
    settings |= {"kl_coef": 0.0, "kl_guard": None}  # a KL penalty is a signal
    rows = run(grpo, tmp_path, "direct_rl", [model], **settings)
    assert [(row["groups_without_signal"], row["grad_norm"], row["kl"]) for row in rows] == [(3, 0.0, None)] * 4
    before = load_file(model)
    for name, tensor in load_file(tmp_path / "out" / "model.safetensors").items():
        assert torch.equal(tensor, before[name]), name


@pytest.mark.parametrize("loop", [sft, grpo])
def test_qlora_trains_an_adapter_of_the_dense_model(loop: Any, tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model", hidden=64, inner=64)
    short = (BATCHES, "sft_custom") if loop is sft else (SHORT, "direct_rl")
    rows = run(loop, tmp_path, short[1], [model], **short[0], method="qlora", optimizer="paged_adamw")
    assert all(row["grad_norm"] > 0 for row in rows if "grad_norm" in row)
    adapter = load_adapter(tmp_path / "out", Start(model_of(model)).arch)
    assert any(tensor.abs().max() > 0 for tensor in adapter.b.values())
    assert all(
        tensor.dtype == torch.float32 for tensor in load_file(tmp_path / "out/adapter_model.safetensors").values()
    )


@pytest.mark.parametrize("family", ["qwen3", "gpt2"])
def test_a_model_with_dropout_of_its_own_trains_the_policy_that_wrote_the_completions(
    family: str, model: Path, tmp_path: Path
) -> None:
    """With it, old and new log-probabilities differ without an update between them, and tokens are clipped."""
    base = tmp_path / "base"
    shutil.copytree(model.parent, base)
    config = json.loads((base / "config.json").read_text())
    if family == "qwen3":
        (base / "config.json").write_text(json.dumps(config | {"attention_dropout": 0.5}))
    else:
        sizes = {"vocab_size": config["vocab_size"], "n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 256}
        small = GPT2Config(**sizes, resid_pdrop=0.5, embd_pdrop=0.5, attn_pdrop=0.5, bos_token_id=1, eos_token_id=2)
        GPT2LMHeadModel(small).save_pretrained(base)
    settings = SHORT | {"method": "full", "learning_rate": 1e-12, "updates_per_batch": 2, "steps": 2, "kl_coef": 0.04}
    rows = run(grpo, tmp_path, "direct_rl", [base / "model.safetensors"], **settings)
    assert [(row["clip_share"], row["kl"]) for row in rows if "clip_share" in row] == [(0.0, pytest.approx(0.0))] * 2


def test_a_continued_qlora_adapter_is_the_one_that_was_left(tmp_path: Path) -> None:
    """TRL rounds it to bfloat16; what is trained, saved, and the reference of the KL are the numbers of the file."""
    model = save_tiny_model(tmp_path / "model", hidden=64, inner=64)
    run(sft, tmp_path / "first", "sft_custom", [model], **BATCHES, method="qlora", learning_rate=1e-2)
    left = tmp_path / "first/out/adapter_model.safetensors"
    rounded = [tensor.bfloat16().float() for tensor in load_file(left).values()]
    assert not all(torch.equal(a, b) for a, b in zip(load_file(left).values(), rounded, strict=True))
    still = {"method": "qlora", "learning_rate": 1e-30}
    for loop, name, settings in ((sft, "sft_custom", BATCHES), (grpo, "direct_rl", SHORT)):
        rows = run(loop, tmp_path / name, name, [model, left], **settings, **still)
        assert all(row["grad_norm"] > 0 for row in rows if "grad_norm" in row)
        if loop is grpo:
            assert [row["kl"] for row in rows] == [0.0] * 4
        for key, tensor in load_file(left).items():
            assert torch.equal(load_file(tmp_path / name / "out/adapter_model.safetensors")[key], tensor), key
