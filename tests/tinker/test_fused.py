"""Adapters on the parts of a matrix, as the service trains them on Qwen3.5, as one on the whole."""

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoModelForCausalLM, Qwen3_5Config, Qwen3_5ForConditionalGeneration, set_seed

from gradus.models.manifest import ADAPTER
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.tinker.adapter import convert_adapter

RANK, ALPHA = 2, 32.0
TEXTS = {
    "vocab_size": 60,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "layer_types": ["linear_attention", "full_attention"],
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 8,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 4,
    "linear_value_head_dim": 4,
    "max_position_embeddings": 64,
    "tie_word_embeddings": True,
}
PICTURES = {"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16}
LINEAR = "model.layers.0.linear_attn"
MODULES = {  # outputs and inputs of what Tinker adapts, by its names for them
    f"{LINEAR}.in_proj_q": (8, 16),
    f"{LINEAR}.in_proj_k": (8, 16),
    f"{LINEAR}.in_proj_v": (16, 16),
    f"{LINEAR}.in_proj_z": (16, 16),
    f"{LINEAR}.out_proj": (16, 16),
    "model.layers.1.self_attn.q_proj": (32, 16),  # with the gate
    "model.layers.1.self_attn.o_proj": (16, 16),
    "model.layers.0.mlp.up_proj": (24, 16),
    "model.layers.1.mlp.up_proj": (24, 16),
}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A tiny Qwen3.5 as it is published: with an encoder of pictures beside the decoder."""
    set_seed(0)
    config = Qwen3_5Config(text_config=TEXTS, vision_config=PICTURES, tie_word_embeddings=True)
    Qwen3_5ForConditionalGeneration(config).save_pretrained(tmp_path / "base")
    return tmp_path / "base"


def exported() -> dict[str, Tensor]:
    generator, tensors = torch.Generator().manual_seed(0), {}
    for module, (outputs, inputs) in MODULES.items():
        tensors[f"base_model.model.{module}.lora_A.weight"] = torch.randn(RANK, inputs, generator=generator)
        tensors[f"base_model.model.{module}.lora_B.weight"] = torch.randn(outputs, RANK, generator=generator)
    return tensors


def convert(base: Path, out: Path, tensors: dict[str, Tensor]) -> dict[str, Any]:
    write_json(base.parent / "exported.json", {"r": RANK, "lora_alpha": ALPHA, "target_modules": None})
    save_file(tensors, base.parent / "exported.safetensors")
    convert_adapter(base.parent / "exported.json", base.parent / "exported.safetensors", base, ALPHA, out)
    return read_json(out / "adapter_config.json")


def test_the_whole_has_the_update_of_its_parts(base: Path, tmp_path: Path) -> None:
    """As the cookbook's merge: alpha / rank * B A of each part, added to its rows; here by PEFT's merge."""
    tensors = exported()
    config = convert(base, tmp_path / "out", tensors)
    assert config["rank_pattern"] == {"in_proj_qkv": 3 * RANK}
    assert config["alpha_pattern"] == {"in_proj_qkv": 3 * ALPHA}
    assert set(config["target_modules"]) == {"in_proj_qkv", "in_proj_z", "out_proj", "q_proj", "o_proj", "up_proj"}

    before = AutoModelForCausalLM.from_pretrained(base).state_dict()
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), str(tmp_path / "out"))
    after = model.merge_and_unload().state_dict()

    def update(module: str) -> Tensor:
        a, b = (tensors[f"base_model.model.{module}.lora_{letter}.weight"] for letter in "AB")
        return ALPHA / RANK * b @ a

    expected = dict(before)
    for module in MODULES:
        if ".in_proj_z" in module or ".in_proj_" not in module:
            expected[f"{module}.weight"] = before[f"{module}.weight"] + update(module)
    rows = torch.cat([update(f"{LINEAR}.in_proj_{part}") for part in "qkv"])
    expected[f"{LINEAR}.in_proj_qkv.weight"] = before[f"{LINEAR}.in_proj_qkv.weight"] + rows
    assert set(after) == set(expected)
    for name, tensor in expected.items():
        torch.testing.assert_close(after[name], tensor, atol=1e-4, rtol=1e-5)


def test_an_adapter_without_linear_attention_has_one_rank(base: Path, tmp_path: Path) -> None:
    tensors = {key: tensor for key, tensor in exported().items() if "linear_attn" not in key}
    config = convert(base, tmp_path / "out", tensors)
    assert "rank_pattern" not in config
    assert set(load_file(tmp_path / "out" / ADAPTER)) == set(tensors)


@pytest.mark.parametrize(
    ("lacking", "message"),
    [
        ("in_proj_k.lora_B", r"in_proj_k.lora_B.weight is missing beside .*in_proj_q"),
        ("q_proj.lora_A", r"self_attn.q_proj has only half of its update"),
    ],
)
def test_half_an_update_is_refused(base: Path, tmp_path: Path, lacking: str, message: str) -> None:
    tensors = {key: tensor for key, tensor in exported().items() if lacking not in key}
    with pytest.raises(GradusError, match=message):
        convert(base, tmp_path / "out", tensors)


def test_parts_of_other_widths_are_another_model(base: Path, tmp_path: Path) -> None:
    tensors = exported()
    tensors[f"base_model.model.{LINEAR}.in_proj_v.lora_B.weight"] = torch.zeros(12, RANK)
    with pytest.raises(GradusError, match=r"in_proj_qkv.lora_B.weight has shape \(28, 6\), .* asks for \(32, 6\)"):
        convert(base, tmp_path / "out", tensors)
