"""The model that adapters of QLoRA belong to, as a dense one."""

import dataclasses
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

import dequantize_model
from gradus.models.architecture import Architecture
from gradus.models.describe import write_manifest
from gradus.models.folders import save_dense
from gradus.models.lora import init_adapter, load_adapter, merged, save_adapter
from gradus.models.manifest import MANIFEST, Manifest
from gradus.models.nf4 import load_quantized, without_dropout, write_dequantized
from gradus.models.qwen3 import Weights, hidden_states, init_weights, logits
from gradus.models.store import load_model, save_model
from gradus.models.tokenizer import save_tokenizer, train_tokenizer
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_text
from gradus.provenance.job import Job
from gradus.specs.base import Spec
from gradus.specs.models import DequantizeModelSpec, WeightsSpec
from gradus.specs.training import SftSpec
from gradus.study.settings.training import Lora
from gradus.training.causal_lm import load
from model_folders import model_of

MATRIX = "model.layers.0.mlp.up_proj.weight"


@pytest.fixture
def arch(arch: Architecture) -> Architecture:
    return dataclasses.replace(arch, hidden_size=64, intermediate_size=128)


@pytest.fixture
def weights(arch: Architecture) -> Weights:
    return init_weights(arch, seed=7, std=0.3)


@pytest.fixture
def base(tmp_path: Path, arch, weights) -> Path:
    folder = tmp_path / "base"
    save_model(folder, arch, weights)
    save_tokenizer(folder, train_tokenizer(["A baker sells 17 loaves.", "Find all real x."] * 5, arch.vocab_size))
    return folder


def test_matrices_are_dequantized_and_nothing_else(base: Path, tmp_path: Path) -> None:
    metrics = write_dequantized(base, tmp_path / "out", torch.float32)
    assert metrics["largest_difference"] <= 1e-4
    before, after = load_model(base)[1], load_model(tmp_path / "out")[1]
    for name, tensor in before.items():
        if ".layers." in name and tensor.ndim == 2:
            # 16 values times the largest of each 64 numbers; the widest gap, of 0.3, is from -1 to -0.7
            assert len(after[name].flatten()[:64].unique()) <= 16
            assert 0.01 < (after[name] - tensor).abs().max() / tensor.abs().max() < 0.17
        else:
            assert torch.equal(after[name], tensor), name
    for name in ("tokenizer.json", "chat_template.jinja"):
        assert (tmp_path / "out" / name).read_bytes() == (base / name).read_bytes(), name


def test_the_constants_of_blocks_are_quantized_too(base: Path) -> None:
    """Double quantisation (Dettmers et al. 2023, section 3): 8 bits a block of 64, and 32 bits for 256 blocks."""
    state = load_quantized(base, torch.float32, "cpu").model.layers[0].mlp.up_proj.weight.quant_state
    assert (state.quant_type, state.blocksize, state.nested, state.state2.blocksize) == ("nf4", 64, True, 256)
    assert state.absmax.dtype == torch.uint8


def test_the_job_says_what_the_model_was_made_of(base: Path, tmp_path: Path) -> None:
    write_manifest(base)
    spec, out = tmp_path / "specs/models/base.nf4.json", tmp_path / "base.nf4"
    settings = DequantizeModelSpec(weights=WeightsSpec(dense="base"), precision="bfloat16")
    planned = Spec(stage="dequantize_model", name="models/base.nf4", modules=[], settings=settings)
    write_text(spec, planned.model_dump_json())
    paths = {"weights": [str(base / MANIFEST)], "model": [str(out / MANIFEST)]}
    dequantize_model.build(Job(str(spec), paths, DequantizeModelSpec))
    found = Manifest.read(out / MANIFEST)
    assert found.dequantized_from is not None
    assert (found.kind, found.dequantized_from.folder) == ("dense", "../base")
    assert found.dequantized_from.sha256 == Manifest.read(base / MANIFEST).digest()
    assert {tensor.dtype for tensor in load_file(out / "model.safetensors").values()} == {torch.bfloat16}


def test_an_adapter_on_it_is_the_one_beside_the_weights_in_4_bits(base: Path, tmp_path: Path, arch) -> None:
    made = init_adapter(arch, rank=3, alpha=6.0, seed=5)
    b = {name: 0.2 * torch.randn(tensor.shape) for name, tensor in made.b.items()}
    save_adapter(tmp_path / "adapter", dataclasses.replace(made, b=b), str(base))
    network = PeftModel.from_pretrained(load_quantized(base, torch.float32, "cpu"), tmp_path / "adapter")
    without_dropout(network)
    write_dequantized(base, tmp_path / "out", torch.float32)
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        trained = network(ids).logits
        for folder, same in ((tmp_path / "out", True), (base, False)):
            dense = merged(load_model(folder)[1], load_adapter(tmp_path / "adapter", arch))
            assert torch.allclose(logits(dense, hidden_states(dense, arch, ids)), trained, atol=1e-4) == same


def test_rounding_twice_changes_no_more(base: Path, tmp_path: Path) -> None:
    write_dequantized(base, tmp_path / "once", torch.float32)
    write_dequantized(tmp_path / "once", tmp_path / "twice", torch.float32)
    once, twice = (load_model(tmp_path / name)[1][MATRIX] for name in ("once", "twice"))
    assert (once - twice).abs().max() < 0.01 * once.abs().max()


@pytest.mark.parametrize("stored", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("bf16", [False, True])
def test_it_has_the_values_that_were_trained_beside_whatever_the_base_is_stored_in(
    bf16: bool, stored: torch.dtype, base: Path, tmp_path: Path
) -> None:
    save_dense(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), base, stored)
    lora, weights = Lora(rank=2, alpha=4.0, targets=["q_proj"]), WeightsSpec(dense="base")
    settings = SftSpec(backend="trl", method="qlora", bf16=bf16, lora=lora, traces=["custom"], weights=weights, seed=0)
    trained = load(model_of(base / "model.safetensors"), settings, tmp_path / "state").model.unload()
    precision = torch.bfloat16 if bf16 else torch.float32
    write_dequantized(base, tmp_path / "out", precision)
    written = AutoModelForCausalLM.from_pretrained(tmp_path / "out").state_dict()
    for name, tensor in trained.dequantize(precision).state_dict().items():
        assert torch.equal(tensor, written[name]), name
        assert written[name].dtype == precision


def test_rounding_from_another_precision_gives_other_values(base: Path, tmp_path: Path) -> None:
    for precision in (torch.float32, torch.bfloat16):
        write_dequantized(base, tmp_path / str(precision), precision)
    one, other = (load_model(tmp_path / str(p))[1][MATRIX].float() for p in (torch.float32, torch.bfloat16))
    # More than the rounding of what is written: some numbers fall to another of the 16 values.
    assert (one - other).abs().max() > 2**-7 * one.abs().max()


def test_rows_of_broken_blocks_are_refused(base: Path, tmp_path: Path, arch) -> None:
    arch = dataclasses.replace(arch, intermediate_size=96)
    save_model(base, arch, init_weights(arch, seed=7))
    with pytest.raises(GradusError, match=r"multiple of 64 inputs, model\.layers\.0\.mlp\.down_proj has 96"):
        write_dequantized(base, tmp_path / "out", torch.float32)
