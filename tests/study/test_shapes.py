"""Shapes that no backend computes are refused before anything is trained."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from gradus.models.architecture import Architecture
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json
from study.made_study import study

SHAPE = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
GPT2 = {"family": "gpt2", "num_attention_heads": 4, "num_key_value_heads": 4, "hidden_size": 64}


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        (
            "architecture",
            SHAPE | {"num_key_value_heads": 3},
            r"architecture\.num_key_value_heads: has to divide .*, 4,",
        ),
        ("architecture", SHAPE | {"head_dim": 9}, r"architecture\.head_dim: is odd \(9\): .* take an even one"),
        ("architecture", SHAPE | {"max_position_embeddings": 100}, r"sequence_length: is beyond .*, 100; shorten"),
        (
            "architecture",
            GPT2 | {"num_key_value_heads": 2},
            r"architecture\.num_key_value_heads: gpt2 has one for each query head; set it to 4",
        ),
        ("architecture", GPT2, r"architecture\.head_dim: of 4 heads are 128 wide, .* as hidden_size, 64; change one"),
        ("minimum_learning_rate", 0.02, r"minimum_learning_rate: is above learning_rate, 0\.01; lower it"),
    ],
)
def test_of_a_model_that_is_pretrained(tmp_path: Path, key: str, value: dict[str, int], words: str) -> None:
    study(tmp_path, ("models.base", {"architecture": SHAPE}))
    with pytest.raises(GradusError, match=rf"changed\.yaml:\d+: models\.base\.{words}"):
        study(tmp_path, ("models.base", {key: value}))


def test_gpt2_is_not_ternary(tmp_path: Path) -> None:
    model = {"architecture": GPT2 | {"head_dim": 16}, "ternary": True}
    with pytest.raises(GradusError, match=r"ternary: is not for gpt2, .*; take family: llama"):
        study(tmp_path, ("models.base", model))


def test_a_family_that_the_embedded_network_does_not_compute(tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=r"family: is qwen2, which torch, by .*; take family: qwen3, or sampler: tra"):
        study(tmp_path, ("models.base.architecture", {"family": "qwen2"}))


def test_of_a_model_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradus.study.schema.chat_mistakes", lambda models: [])
    folder = tmp_path / "model"
    arch = Architecture(
        vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1, eos_token_id=0, pad_token_id=0, **SHAPE
    )
    config = arch.to_config()
    write_json(folder / "config.json", config)
    write_json(folder / "tokenizer.json", {})
    weights = {name: torch.zeros(shape) for name, shape in arch.weight_shapes().items()}
    save_file(weights, folder / "model.safetensors")
    change = ("models.base", {"source": "folder", "path": str(folder)})
    study(tmp_path, change)
    write_json(folder / "config.json", config | {"num_key_value_heads": 3})
    with pytest.raises(GradusError, match=r"models\.base\.path: num_attention_heads \(4\) is not a multiple of"):
        study(tmp_path, change)
    write_json(folder / "config.json", config | {"vocab_size": 9})
    with pytest.raises(GradusError, match=r"model\.safetensors: .* is \(8, 8\), which is not what config"):
        study(tmp_path, change)
    write_json(folder / "config.json", config | {"model_type": "llama"})
    with pytest.raises(GradusError, match=r"config\.json: model_type is 'llama', the torch backend supports 'qwen3'"):
        study(tmp_path, change)
