"""The loops on a model of transformers: beside the embedded network, stopped, split, and in bfloat16."""

import gc
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from stopping import stopped_before
from tiny import job_of, problems, save_tiny_model, traces, verdicts_by_text
from transformers import PreTrainedModel

from gradus.training import groups, recording
from gradus.training.algorithm import load_algorithm
from gradus.training.recorder import Recorder
from gradus.training.torch import grpo, sft
from gradus.training.torch.module.network import open_start
from model_folders import model_of

NETWORK = "gradus.training.torch.module.network"
GRPO = {
    "steps": 4,
    "batch_size": 4,
    "group_size": 4,
    "max_tokens": 8,
    "checkpoint_every": 2,
    "learning_rate": 3e-3,
    "rewards": {"correct": {"weight": 1.0}},
}
SFT = {"epochs": 2, "batch_size": 4, "learning_rate": 3e-3}
TIMES = ("seconds", "tokens_per_second", "rollout_seconds")


@pytest.fixture(autouse=True)
def _half_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "grade_completions", verdicts_by_text)


def run(root: Path, stage: str, weights: list[Path], module: bool = True, **settings: Any) -> list[dict[str, Any]]:
    loop, name = (grpo, "direct_rl") if stage == "grpo" else (sft, "sft_custom")
    job = job_of(root, name, **(GRPO if stage == "grpo" else SFT) | settings)
    if module:
        backend, _, *others = job.modules
        job.modules = (backend, NETWORK, *others)
    (root / "state").mkdir(exist_ok=True)
    data = problems() if stage == "grpo" else traces(12)
    rows = loop.train(job, model_of(*weights), data, root / "state", root / "out")
    return [{key: value for key, value in row.items() if key not in TIMES} for row in rows]


def trained(root: Path) -> dict[str, torch.Tensor]:
    (file,) = (root / "out").glob("*.safetensors")
    return load_file(file)


def assert_like(one: Path, other: Path, tolerance: float) -> None:
    first, second = trained(one), trained(other)
    assert set(first) == set(second)
    for name in first:
        torch.testing.assert_close(first[name], second[name], atol=tolerance, rtol=0)


@pytest.mark.parametrize("stage", ["sft", "grpo"])
@pytest.mark.parametrize("method", ["lora", "full"])
def test_both_networks_take_the_same_steps(stage: str, method: str, model: Path, tmp_path: Path) -> None:
    """Both sample by the same numbers. AdamW takes a whole step where a gradient is nothing but rounding."""
    small = {"method": method, "learning_rate": 3e-5}
    rows = [run(tmp_path / str(module), stage, [model], module, **small) for module in (False, True)]
    for ours, theirs in zip(*rows, strict=True):
        assert ours.keys() == theirs.keys()
        for key, value in ours.items():
            assert theirs[key] == pytest.approx(value, rel=1e-3, abs=1e-5), (key, ours, theirs)
    assert_like(tmp_path / "False", tmp_path / "True", 2 * GRPO["steps"] * 3e-5 if method == "full" else 1e-5)


@pytest.mark.parametrize("stage", ["sft", "grpo"])
def test_how_a_batch_is_split_and_what_is_kept_for_the_way_back_change_nothing(
    stage: str, model: Path, tmp_path: Path
) -> None:
    run(tmp_path / "whole", stage, [model])
    run(tmp_path / "checkpointed", stage, [model], gradient_checkpointing=True)
    for tokens in (1, 40):
        run(tmp_path / str(tokens), stage, [model], micro_batch_tokens=tokens)
    for other in ("checkpointed", "1", "40"):
        assert_like(tmp_path / "whole", tmp_path / other, 1e-4)


@pytest.mark.parametrize(
    ("stage", "settings"),
    [
        ("sft", {"method": "lora"}),
        ("sft", {"method": "full", "bf16": True, "master_dtype": "bfloat16"}),
        ("grpo", {"method": "lora"}),
        ("grpo", {"method": "full"}),
        ("grpo", {"method": "full", "bf16": True, "master_dtype": "bfloat16", "optimizer": "paged_adamw"}),
    ],
)
def test_a_stopped_run_ends_as_if_it_had_not_been(
    stage: str, settings: dict[str, Any], model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(tmp_path / "whole", stage, [model], **settings)
    monkeypatch.setattr(recording.SaveTimer, "is_due", lambda self: True)
    add = Recorder.add

    def stop(self: Recorder, row: dict[str, Any], shown: str) -> None:
        if row["step"] == 3:
            raise KeyboardInterrupt
        add(self, row, shown)

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "add", stop)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "resumed", stage, [model], **settings)
    assert run(tmp_path / "resumed", stage, [model], **settings) == whole
    first, second = trained(tmp_path / "whole"), trained(tmp_path / "resumed")
    assert all(torch.equal(first[name], second[name]) for name in first)


DROPOUT: dict[str, Any] = {
    "lora": {"rank": 4, "alpha": 8.0, "dropout": 0.3, "targets": "all-linear"},
    "held_out_share": 0.2,
}


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """The weight file of a model whose matrices have whole blocks of 4-bit weights."""
    return save_tiny_model(tmp_path / "wide", hidden=64, inner=64)


@pytest.mark.parametrize("method", ["lora", "qlora"])
def test_what_drops_out_depends_on_the_seed_and_the_step_alone(
    method: str, wide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = DROPOUT | {"method": method}
    whole = run(tmp_path / "whole", "sft", [wide], **settings)
    torch.manual_seed(5)  # whatever was drawn before
    assert run(tmp_path / "again", "sft", [wide], **settings, gradient_checkpointing=True) == whole
    monkeypatch.setattr(recording.SaveTimer, "is_due", lambda self: True)
    with stopped_before(3):
        run(tmp_path / "resumed", "sft", [wide], **settings)
    assert run(tmp_path / "resumed", "sft", [wide], **settings) == whole
    first, second = trained(tmp_path / "whole"), trained(tmp_path / "resumed")
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = run(tmp_path / "other", "sft", [wide], **settings, seed=1)
    kept = {"lora": DROPOUT["lora"] | {"dropout": 0.0}}
    none = run(tmp_path / "none", "sft", [wide], **settings | kept)
    losses = [[row["loss"] for row in rows if "loss" in row] for rows in (whole, other, none)]
    assert losses[0][0] == losses[2][0]  # before the first update an adapter adds nothing
    assert losses[0][1:] != losses[2][1:]
    assert losses[0] != losses[1]


def test_nothing_drops_out_of_the_held_out_loss(wide: Path, tmp_path: Path) -> None:
    run(tmp_path / "first", "sft", [wide], **DROPOUT, method="lora", learning_rate=1e-2)
    start = [wide, tmp_path / "first/out/adapter_model.safetensors"]
    found = {}
    for share in (0.0, 0.3):
        settings = DROPOUT | {"lora": DROPOUT["lora"] | {"dropout": share}, "learning_rate": 1e-30}
        found[share] = run(tmp_path / str(share), "sft", start, **settings)
    kept, dropped = found[0.0], found[0.3]
    assert [row["held_out_loss"] for row in kept if "held_out_loss" in row] == pytest.approx(
        [row["held_out_loss"] for row in dropped if "held_out_loss" in row], rel=1e-5
    )
    assert all(abs(a["loss"] - b["loss"]) > 1e-4 for a, b in zip(kept, dropped, strict=True) if "loss" in a)


def test_the_reference_of_a_continued_adapter_is_that_adapter(model: Path, tmp_path: Path) -> None:
    run(tmp_path / "first", "sft", [model])
    adapter = tmp_path / "first/out/adapter_model.safetensors"
    rows = [run(tmp_path / str(m), "grpo", [model, adapter], m, kl_coef=0.1) for m in (False, True)]
    assert rows[1][0]["kl"] == pytest.approx(0, abs=1e-6)
    for ours, theirs in zip(*rows, strict=True):
        assert theirs["kl"] == pytest.approx(ours["kl"], rel=1e-2, abs=1e-5)


def test_without_a_kl_there_is_no_reference(model: Path, tmp_path: Path) -> None:
    rows = run(tmp_path, "grpo", [model], kl_coef=0.0, kl_guard=None, method="full")
    assert {row["kl"] for row in rows} == {None}


@pytest.mark.parametrize(
    ("algorithm", "method", "guard", "models"),
    [
        ("grpo", "full", None, 2),  # its preset has a penalty
        ("dr_grpo", "full", None, 1),
        ("dapo", "full", None, 1),
        ("dapo", "full", {"threshold": 1.0, "factor": 0.5}, 2),
        ("grpo", "lora", None, 1),  # the model without its adapter
    ],
)
def test_only_a_kl_of_all_parameters_takes_a_copy_of_the_model(
    algorithm: str, method: str, guard: dict[str, float] | None, models: int, model: Path, tmp_path: Path
) -> None:
    preset = load_algorithm(algorithm).preset
    settings = {"algorithm": algorithm, "kl_coef": preset.kl_coef, "kl_guard": guard, "method": method}
    before = {id(each) for each in models_held()}
    job = job_of(tmp_path, "direct_rl", **settings)
    policy = open_start(model_of(model), job.settings, tmp_path / "state").policy_of(job.settings)
    reference = policy.reference()
    networks = [each for each in models_held() if id(each) not in before]
    assert len(networks) == models
    assert (reference is None) == (preset.kl_coef == 0 and guard is None)


def test_a_reference_in_bfloat16_turns_positions_as_the_model_does(model: Path, tmp_path: Path) -> None:
    """What is rounded is its parameters: frequencies of RoPE in bfloat16 would be off by 0.4%."""
    job = job_of(tmp_path, "direct_rl", method="full", bf16=True)
    policy = open_start(model_of(model), job.settings, tmp_path / "state").policy_of(job.settings)
    policy.reference()
    (reference,) = (each for each in models_held() if not any(p.requires_grad for p in each.parameters()))
    assert {parameter.dtype for parameter in reference.parameters()} == {torch.bfloat16}
    trained = dict(policy.scorer.model.named_buffers())
    assert trained
    for name, buffer in reference.named_buffers():
        assert torch.equal(buffer, trained[name])


def models_held() -> list[PreTrainedModel]:
    """Whole models that something still refers to."""
    gc.collect()
    found = [each for each in gc.get_objects() if issubclass(type(each), PreTrainedModel)]
    return [each for each in found if each.get_output_embeddings() is not None]


@pytest.mark.parametrize("stage", ["sft", "grpo"])
def test_in_bfloat16_what_trains_is_float32(stage: str, model: Path, tmp_path: Path) -> None:
    whole = run(tmp_path / "float32", stage, [model])
    rows = run(tmp_path / "bfloat16", stage, [model], bf16=True)
    assert {tensor.dtype for tensor in trained(tmp_path / "bfloat16").values()} == {torch.float32}
    assert rows[0]["loss"] == pytest.approx(whole[0]["loss"], abs=0.05)


def test_moments_on_the_host_change_nothing(model: Path, tmp_path: Path) -> None:
    for optimizer in ("adamw", "paged_adamw"):
        run(tmp_path / optimizer, "grpo", [model], method="full", optimizer=optimizer)
    assert_like(tmp_path / "adamw", tmp_path / "paged_adamw", 1e-6)


def test_weights_that_are_kept_in_bfloat16_train(model: Path, tmp_path: Path) -> None:
    settings = {"method": "full", "bf16": True, "learning_rate": 1e-4}
    exact = run(tmp_path / "float32", "sft", [model], **settings)
    rows = run(tmp_path / "bfloat16", "sft", [model], **settings, master_dtype="bfloat16")
    assert rows[0]["loss"] == pytest.approx(exact[0]["loss"], abs=0.05)
    assert_like(tmp_path / "float32", tmp_path / "bfloat16", 2e-2)  # two steps of bfloat16 between 1 and 2
    moved = {name: tensor.float() for name, tensor in trained(tmp_path / "bfloat16").items()}
    assert any((moved[name] != tensor.float()).any() for name, tensor in load_file(model).items())


def test_what_top_p_leaves_out_is_never_drawn(model: Path, tmp_path: Path) -> None:
    """The likeliest token alone: every completion of a group is the same."""
    rows = run(tmp_path, "grpo", [model], method="full", top_p=1e-6, temperature=2.0)
    assert {row["loss"] for row in rows} == {0.0}


def test_the_learning_rate_ends_where_it_is_said(model: Path, tmp_path: Path) -> None:
    settings = {"schedule": "cosine", "warmup_share": 0.5, "decay_to": 0.25, "steps": 40, "batch_size": 1}
    rows = run(tmp_path, "grpo", [model], **settings, checkpoint_every=40)
    rates = [row["learning_rate"] / GRPO["learning_rate"] for row in rows]
    assert max(rates) == 1
    assert rates[-1] == pytest.approx(0.25, abs=0.01)
