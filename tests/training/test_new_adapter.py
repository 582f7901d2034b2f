"""An adapter that is merged, and another one that is trained on the merged weights."""

from pathlib import Path
from typing import Any

import pytest
import torch
from parity import trl_job
from test_loops import SHORT
from tiny import job_of, problems, save_tiny_model, traces
from torch import Tensor

import merge_adapter
from gradus.models.lora import load_adapter
from gradus.models.manifest import MANIFEST, Manifest
from gradus.models.merge import merge_adapter as merge
from gradus.models.nf4 import load_quantized, write_dequantized
from gradus.models.store import load_model
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json_lines
from gradus.specs.models import MergeAdapterSpec, WeightsSpec
from gradus.training.backend import train
from gradus.training.causal_lm import load
from model_folders import model_of
from typed_jobs import typed_job

FIRST = {"lora": {"rank": 4, "alpha": 8.0, "targets": ["q_proj", "v_proj", "up_proj"]}}
SECOND = {"lora": {"rank": 2, "alpha": 7.0, "targets": ["q_proj", "down_proj"]}}
UP = "model.layers.0.mlp.up_proj.weight"


def trained(backend: str, root: Path, name: str, weights: list[Path], **settings: Any) -> Path:
    """The folder of the model that a job trains, whole, with its manifest."""
    out = root / "models" / name
    paths = {"weights": [str(folder / MANIFEST) for folder in weights], "model": [str(out / MANIFEST)]}
    paths |= {"metrics": [str(out / "metrics.jsonl")]}
    made = (trl_job if backend == "trl" else job_of)(root, name, paths, **settings)
    if backend == "trl":
        made.modules = [f"gradus.training.trl.{made.stage}", *made.modules[2:]]
    train(made, traces(12) if made.stage == "sft" else problems(), [])
    return out


def merged(root: Path, base: Path, adapter: Path) -> Path:
    out, settings = root / "models/merged", MergeAdapterSpec(weights=WeightsSpec(dense="base", adapter="sft"))
    files = {"weights": [base / MANIFEST, adapter / MANIFEST], "model": [out / MANIFEST]}
    merge_adapter.build(typed_job(root, "models/merged", settings, files))
    return out


def with_updates(dense: Path, *adapters: Path) -> dict[str, Tensor]:
    """W + (alpha / rank) B A of each adapter, as the papers have it."""
    arch, weights = load_model(dense)
    for folder in adapters:
        adapter = load_adapter(folder, arch)
        for name, a in adapter.a.items():
            weights[name] = weights[name] + adapter.alpha / adapter.rank * adapter.b[name] @ a
    return weights


@pytest.mark.parametrize("backend", ["torch", "trl"])
def test_a_new_adapter_is_trained_on_the_merged_weights(backend: str, model: Path, tmp_path: Path) -> None:
    base = model.parent
    first = trained(backend, tmp_path, "sft_custom", [base], **FIRST, epochs=2, batch_size=4, learning_rate=1e-2)
    start = merged(tmp_path, base, first)
    assert Manifest.read(start / MANIFEST).kind == "dense"
    by_hand = with_updates(base, first)
    for name, tensor in load_model(start)[1].items():
        assert torch.allclose(tensor, by_hand[name], atol=1e-6), name
    moved = by_hand[UP] - load_model(base)[1][UP]
    assert moved.abs().max() > 1e-3
    second = trained(backend, tmp_path, "direct_rl", [start], **SECOND, **SHORT, learning_rate=1e-2)
    kl = [row["kl"] for row in read_json_lines(second / "metrics.jsonl") if "kl" in row]
    # The reference is the merged model: nothing lies between it and the policy before the first update.
    assert kl[0] == pytest.approx(0, abs=1e-6)
    assert kl[-1] > 1e-5
    adapter = load_adapter(second, load_model(start)[0])
    assert (adapter.rank, adapter.alpha, set(adapter.targets)) == (2, 7.0, {"q_proj", "down_proj"})
    assert Manifest.read(second / MANIFEST).base.folder == "../merged"
    merge(start, second, tmp_path / "export")
    both = with_updates(base, first, second)
    for name, tensor in load_model(tmp_path / "export")[1].items():
        assert torch.allclose(tensor, both[name], atol=1e-6), name


def test_under_qlora_the_merged_weights_are_quantized_again(tmp_path: Path) -> None:
    base = save_tiny_model(tmp_path / "base", hidden=64, inner=64).parent
    qlora = {"method": "qlora", "optimizer": "paged_adamw", "epochs": 1, "batch_size": 4, "learning_rate": 1e-2}
    first = trained("trl", tmp_path, "sft_custom", [base], **FIRST, **qlora)
    write_dequantized(base, tmp_path / "base.nf4", torch.float32)
    merge(tmp_path / "base.nf4", first, tmp_path / "merged")
    settings = trl_job(tmp_path, "sft_custom", **SECOND, **qlora).settings
    beneath = load(model_of(tmp_path / "merged/model.safetensors"), settings, tmp_path / "state").model.unload()
    again = load_quantized(tmp_path / "merged", torch.float32, "cpu").dequantize(torch.float32).state_dict()
    dense = with_updates(tmp_path / "base.nf4", first)
    for name, tensor in beneath.dequantize(torch.float32).state_dict().items():
        assert torch.equal(tensor, again[name]), name
    name = "model.layers.0.self_attn.q_proj.weight"
    assert 0 < (again[name] - dense[name]).abs().max() < 0.17 * dense[name].abs().max()


def test_a_model_without_an_adapter_is_refused(model: Path, tmp_path: Path) -> None:
    settings = MergeAdapterSpec(weights=WeightsSpec(dense="base"))
    files = {"weights": [model.parent / MANIFEST], "model": [tmp_path / "out" / MANIFEST]}
    with pytest.raises(GradusError, match="names one model; give an adapter after it"):
        merge_adapter.build(typed_job(tmp_path, "models/merged", settings, files))
