"""Ternary weights: their values, their gradient, their files."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModelForCausalLM, GPT2Config, PreTrainedModel

import export_model
from gradus.models.architecture import Architecture
from gradus.models.describe import write_manifest
from gradus.models.folders import save_dense
from gradus.models.manifest import LATENTS, MANIFEST
from gradus.models.qwen3 import Weights
from gradus.models.store import load_model, save_model
from gradus.models.ternary import (
    TernaryLinear,
    continue_ternary,
    make_ternary,
    quantized,
    row_scales,
    save_latents,
    ternary_layers,
)
from gradus.models.tokenizer import copy_tokenizer, save_tokenizer, train_tokenizer
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_text
from gradus.provenance.job import Job
from gradus.specs.base import Spec
from gradus.specs.models import ExportModelSpec, WeightsSpec

W = [[0.5, -1.5], [0.1, 1.9]]
"""mean |W| = 1"""


def layer(values: list[list[float]], scale: list[float]) -> TernaryLinear:
    linear = nn.Linear(2, 2, bias=False)
    TernaryLinear.replace(linear)
    assert isinstance(linear, TernaryLinear)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor(values))
        linear.scale.copy_(torch.tensor(scale))
    return linear


def test_weights_are_rounded_to_the_mean_of_their_magnitudes_or_zero() -> None:
    gamma, signs = quantized(torch.tensor(W))
    assert gamma.item() == 1
    assert signs.tolist() == [[0, -1], [0, 1]]  # 0.5 is halfway to 1, and rounds to the even number
    gamma, signs = quantized(torch.tensor([[0.2, -0.9], [0.3, 0.6]]))
    assert gamma.item() == pytest.approx(0.5)
    assert signs.tolist() == [[0, -1], [1, 1]]
    assert quantized(torch.zeros(2, 2))[1].tolist() == [[0, 0], [0, 0]]


def test_a_layer_computes_with_its_rows_scales_times_gamma() -> None:
    assert layer(W, [1, 3])(torch.tensor([[1.0, 2.0]])).tolist() == [[-2, 6]]


def test_the_gradient_goes_straight_through_to_latent_weights_and_to_scales() -> None:
    """Loss g . W', with W' = s gamma sign: dL/dW = s g, as if W' were s W; dL/ds = gamma (g . sign)."""
    linear, g = layer(W, [1, 2]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    linear.scale.requires_grad_(True)
    (linear.ternary() * g).sum().backward()
    assert linear.weight.grad is not None
    assert linear.scale.grad is not None
    assert linear.weight.grad.tolist() == [[1, 2], [6, 8]]
    assert linear.scale.grad.tolist() == [-2, 4]


def test_what_is_held_stays_until_it_is_let_go() -> None:
    linear, x = layer(W, [1, 1]), torch.tensor([[1.0, 1.0]])
    linear.hold(True)
    with torch.no_grad():
        linear.weight.mul_(-1)
    assert linear(x).tolist() == [[-1, 1]]
    linear.hold(False)
    assert linear(x).tolist() == [[1, -1]]


@pytest.fixture
def folder(tmp_path: Path, arch: Architecture, weights: Weights) -> Path:
    """A dense model with ternary weights, of which one row has a scale of its own."""
    dense, folder = tmp_path / "dense", tmp_path / "ternary"
    save_model(dense, arch, weights)
    save_tokenizer(dense, train_tokenizer(["A baker sells 17 loaves.", "Find all real x."] * 5, arch.vocab_size))
    model = read(dense)
    make_ternary(model)
    with torch.no_grad():
        next(iter(ternary_layers(model).values())).scale[1] = 1.7
    copy_tokenizer(dense, folder)
    save_dense(model, folder, torch.float32)
    save_latents(model, folder)
    write_manifest(folder)
    return folder


def read(folder: Path) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@torch.no_grad()
def logits(model: PreTrainedModel) -> torch.Tensor:
    return model(torch.tensor([[1, 5, 9, 3]])).logits


def test_a_model_is_written_dense_and_goes_on_from_its_latent_weights(folder: Path, arch: Architecture) -> None:
    dense, model = read(folder), read(folder)
    continue_ternary(model, folder)
    assert torch.equal(logits(dense), logits(model))
    layers = ternary_layers(model)
    assert len(layers) == 7 * arch.num_hidden_layers  # and neither embedding nor head
    assert all(p.unique().numel() > 3 for p in (layer.weight for layer in layers.values()))  # latent ones
    assert sorted(dense.state_dict()) == sorted(model.state_dict())
    _, weights = load_model(folder)  # for the embedded network
    for name in layers:
        assert row_scales(weights[f"{name}.weight"]) is not None
    scales = row_scales(weights[f"{next(iter(layers))}.weight"])
    assert scales is not None
    torch.testing.assert_close(scales[1], 1.7 * scales[0])
    assert row_scales(weights["model.embed_tokens.weight"]) is None


def test_weights_that_are_not_what_the_latent_ones_amount_to_are_refused(folder: Path) -> None:
    file = folder / "model.safetensors"
    tensors = load_file(file)
    name = "model.layers.1.mlp.up_proj.weight"
    tensors[name][0, 0] = 0.25
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(GradusError, match=rf"{name} is not what {LATENTS} beside it amounts to"):
        continue_ternary(read(folder), folder)
    latents = load_file(folder / LATENTS)
    del latents[name]
    save_file(latents, folder / LATENTS)
    with pytest.raises(GradusError, match=f"has no {name} of this model"):
        continue_ternary(read(folder), folder)
    (folder / LATENTS).write_bytes(b"torn")
    with pytest.raises(GradusError, match="is not readable"):
        continue_ternary(read(folder), folder)


def test_a_model_without_linear_layers_is_refused() -> None:
    shape = GPT2Config(n_embd=8, n_layer=1, n_head=2, vocab_size=16)
    with pytest.raises(GradusError, match="a gpt2 has no linear layers"):
        make_ternary(AutoModelForCausalLM.from_config(shape))


def export(folder: Path, out: Path) -> None:
    settings = ExportModelSpec(experiment="sft", weights=WeightsSpec(dense="sft"))
    spec = Spec(stage="export_model", name="export/sft", modules=[], settings=settings, fingerprint="-")
    path = out.parent / "sft.json"
    write_text(path, spec.model_dump_json())
    paths = {"weights": [str(folder / MANIFEST)], "out": [str(out)]}
    export_model.build(Job(str(path), paths, ExportModelSpec))


def test_an_export_is_a_dense_model_with_equal_logits(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    export(folder, out)
    assert not (out / LATENTS).exists()
    assert torch.equal(logits(read(out)), logits(read(folder)))
    record = read_json(out / "gradus.json")["ternary"]
    assert record["largest_difference"] == 0
    assert record["matrices"] == 14
    assert 0 < record["zeros"] < 1
