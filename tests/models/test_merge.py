"""An adapter merged for good computes the same, or the merge fails."""

import dataclasses
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from gradus.models.lora import init_adapter, load_adapter, merged, save_adapter
from gradus.models.merge import TOLERANCES, check, merge_adapter
from gradus.models.store import load_model, save_model
from gradus.models.tokenizer import save_tokenizer, train_tokenizer
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json


@pytest.fixture
def folders(tmp_path: Path, arch, weights) -> tuple[Path, Path, Path]:
    """Base, adapter, and where the merged model goes."""
    base, adapter = tmp_path / "base", tmp_path / "adapter"
    save_model(base, arch, weights)
    save_tokenizer(base, train_tokenizer(["A baker sells 17 loaves.", "Find all real x."] * 5, arch.vocab_size))
    made = init_adapter(arch, rank=3, alpha=6.0, seed=5)
    generator = torch.Generator().manual_seed(6)
    b = {name: 0.2 * torch.randn(tensor.shape, generator=generator) for name, tensor in made.b.items()}
    save_adapter(adapter, dataclasses.replace(made, b=b), str(base))
    return base, adapter, tmp_path / "out"


def test_the_merged_model_is_base_and_adapter(folders: tuple[Path, Path, Path], arch) -> None:
    base, adapter, out = folders
    figures = merge_adapter(base, adapter, out)
    assert figures["precision"] == "float32"
    assert 0 <= figures["largest_difference"] <= TOLERANCES[torch.float32]
    found, weights = load_model(out)
    assert found == arch
    expected = merged(load_model(base)[1], load_adapter(adapter, arch))
    assert all(torch.allclose(weights[name], expected[name], atol=1e-6) for name in expected)
    assert not torch.allclose(
        weights["model.layers.0.mlp.up_proj.weight"], load_model(base)[1]["model.layers.0.mlp.up_proj.weight"]
    )
    assert (out / "tokenizer.json").read_bytes() == (base / "tokenizer.json").read_bytes()
    assert (out / "chat_template.jinja").is_file()
    assert (out / "generation_config.json").is_file()


def test_the_base_keeps_its_precision(folders: tuple[Path, Path, Path]) -> None:
    base, adapter, out = folders
    tensors = {name: tensor.to(torch.bfloat16) for name, tensor in load_file(base / "model.safetensors").items()}
    save_file(tensors, base / "model.safetensors", metadata={"format": "pt"})
    write_json(base / "config.json", read_json(base / "config.json") | {"dtype": "bfloat16"})
    figures = merge_adapter(base, adapter, out)
    assert figures["precision"] == "bfloat16"
    assert 1e-5 < figures["mean_difference"] < TOLERANCES[torch.bfloat16]
    assert all(tensor.dtype == torch.bfloat16 for tensor in load_file(out / "model.safetensors").values())


def test_a_wrong_merge_fails(folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from peft import PeftModel

    monkeypatch.setattr(PeftModel, "merge_and_unload", lambda self, **_: self.unload(), raising=False)
    with pytest.raises(GradusError, match=r"computes something else.*float32, tolerance 0\.0001"):
        merge_adapter(*folders)


def test_what_the_check_holds_against() -> None:
    zeros = [torch.zeros(4, 5)]
    one_off = [torch.zeros(4, 5).index_fill(0, torch.tensor([0]), 0.1)]  # 0.1 at most, 0.025 on average
    assert check(zeros, zeros, torch.float32, "x")["largest_difference"] == 0
    assert check(zeros, one_off, torch.bfloat16, "x")["mean_difference"] == pytest.approx(0.025)
    with pytest.raises(GradusError, match=r"0\.1 at most, 0\.025 on average"):
        check(zeros, one_off, torch.float32, "x")
    for precision in TOLERANCES:
        with pytest.raises(GradusError, match="nan at most"):
            check(zeros, [torch.full((4, 5), float("nan"))], precision, "x")
