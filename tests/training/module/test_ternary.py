"""The loops on ternary weights: what is trained, what is written, what goes on from it."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from gradus.models.manifest import LATENTS
from gradus.models.ternary import continue_ternary, make_ternary, row_scales, ternary_layers
from gradus.provenance.errors import GradusError
from gradus.training.rollouts.dense import dense_weights
from gradus.training.trained_parts import train_only
from training.ranks.runs import run, run_until

MATRIX = "model.layers.1.mlp.up_proj.weight"


def dense(root: Path) -> dict[str, torch.Tensor]:
    return load_file(root / "out/model.safetensors")


def latents(root: Path) -> dict[str, torch.Tensor]:
    return load_file(root / "out" / LATENTS)


def changed(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> set[str]:
    assert set(before) == set(after)
    return {name for name in before if not torch.equal(before[name], after[name])}


@pytest.fixture
def ternary(model: Path, tmp_path: Path) -> Path:
    """A model after SFT with ternary weights."""
    run(tmp_path / "sft", "sft", [model], method="ternary")
    return tmp_path / "sft"


@pytest.mark.parametrize("stage", ["sft", "grpo"])
def test_ternary_weights_stay_ternary_while_latent_ones_train(stage: str, ternary: Path, tmp_path: Path) -> None:
    rows = run(tmp_path / "next", stage, [ternary / "out/model.safetensors"], method="ternary")
    if stage == "grpo":
        kl = [row["kl"] for row in rows if "kl" in row]
        assert kl[0] == pytest.approx(0, abs=1e-6)  # it and its frozen reference begin as the same model
        assert kl[-1] > 0
    before, after = latents(ternary), latents(tmp_path / "next")
    assert changed(before, after) == {name for name in before if name.endswith(".weight")}
    assert all(torch.equal(p, torch.ones_like(p)) for name, p in after.items() if name.endswith(".scale"))
    weights = dense(tmp_path / "next")
    for folder in [tmp_path / "next/out", *(tmp_path / "next/out/checkpoints").iterdir()]:
        continue_ternary(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), folder)
    for name in after:
        if name.endswith(".weight"):
            assert row_scales(weights[name]) is not None
    assert row_scales(weights["model.embed_tokens.weight"]) is None


def test_scales_and_norms_alone_are_trained_where_they_are_named(ternary: Path, tmp_path: Path) -> None:
    run(tmp_path / "tuned", "sft", [ternary / "out/model.safetensors"], method="ternary", train=["scales", "norms"])
    before, after = latents(ternary), latents(tmp_path / "tuned")
    assert changed(before, after) == {name for name in before if name.endswith(".scale")}
    changes = changed(dense(ternary), dense(tmp_path / "tuned"))
    assert "model.embed_tokens.weight" not in changes
    assert {"model.norm.weight", "model.layers.0.self_attn.q_norm.weight", MATRIX} <= changes
    old, new = dense(ternary)[MATRIX], dense(tmp_path / "tuned")[MATRIX]
    assert torch.equal(old.sign(), new.sign())
    run(tmp_path / "norms", "sft", [ternary / "out/model.safetensors"], method="full", train=["norms"])
    assert all("norm" in name for name in changed(dense(ternary), dense(tmp_path / "norms")))
    run(tmp_path / "again", "sft", [tmp_path / "tuned/out/model.safetensors"], method="ternary")
    kept = {name: p for name, p in latents(tmp_path / "again").items() if name.endswith(".scale")}
    assert not changed(kept, {name: p for name, p in after.items() if name.endswith(".scale")})


def test_parts_that_a_model_does_not_have_are_refused(model: Path) -> None:
    network = AutoModelForCausalLM.from_pretrained(model.parent)
    with pytest.raises(GradusError, match="train: a qwen3 has no scales"):
        train_only(network, ["norms", "scales"])


@pytest.mark.parametrize(
    ("stage", "settings"),
    [("sft", {}), ("sft", {"train": ["scales", "norms"]}), ("grpo", {"kl_coef": 0.1}), ("grpo", {"overlap": 1})],
)
def test_a_stopped_run_ends_as_if_it_had_not_been(
    stage: str, settings: dict[str, Any], ternary: Path, tmp_path: Path
) -> None:
    start, settings = [ternary / "out/model.safetensors"], {"method": "ternary"} | settings
    whole = run(tmp_path / "whole", stage, start, **settings)
    run_until(tmp_path / "resumed", stage, start, step=3, **settings)
    assert run(tmp_path / "resumed", stage, start, **settings) == whole
    for name in ("model.safetensors", LATENTS):
        first, second = (tmp_path / root / "out" / name for root in ("whole", "resumed"))
        assert first.read_bytes() == second.read_bytes(), name


def test_a_dense_model_goes_on_with_its_weights_as_latent_ones(model: Path, tmp_path: Path) -> None:
    run(tmp_path, "sft", [model], method="ternary", learning_rate=1e-9)
    torch.testing.assert_close(latents(tmp_path)[MATRIX], load_file(model)[MATRIX], atol=1e-7, rtol=0)
    adapted = tmp_path / "adapted"
    run(adapted, "sft", [model])
    run(tmp_path / "merged", "sft", [model, adapted / "out/adapter_model.safetensors"], method="ternary")
    assert row_scales(dense(tmp_path / "merged")[MATRIX]) is not None


def test_another_engine_is_given_the_dense_weights(ternary: Path) -> None:
    folder = ternary / "out"
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    continue_ternary(network, folder)
    pushed, files = dict(dense_weights(network)), dense(ternary)
    assert set(files) <= set(pushed)
    assert all(torch.equal(pushed[name], files[name]) for name in files)
    assert not any(name.endswith(".scale") for name in pushed)


def test_ternary_weights_are_written_in_the_precision_that_is_computed(model: Path, tmp_path: Path) -> None:
    run(tmp_path / "first", "sft", [model], method="ternary", bf16=True)
    assert dense(tmp_path / "first")[MATRIX].dtype == torch.bfloat16
    assert latents(tmp_path / "first")[MATRIX].dtype == torch.float32
    run(tmp_path / "second", "sft", [tmp_path / "first/out/model.safetensors"], method="ternary", bf16=True)
    assert row_scales(dense(tmp_path / "second")[MATRIX]) is not None


def test_layers_are_made_ternary_once(model: Path) -> None:
    network = AutoModelForCausalLM.from_pretrained(model.parent)
    make_ternary(network)
    assert len(ternary_layers(network)) == 14
    assert all("lm_head" not in name for name in ternary_layers(network))
