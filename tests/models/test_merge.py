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
    metrics = merge_adapter(base, adapter, out)
    assert metrics["precision"] == "float32"
    assert 0 <= metrics["largest_difference"] <= TOLERANCES[torch.float32]
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
    metrics = merge_adapter(base, adapter, out)
    assert metrics["precision"] == "bfloat16"
    assert 1e-5 < metrics["mean_difference"] < TOLERANCES[torch.bfloat16]
    assert all(tensor.dtype == torch.bfloat16 for tensor in load_file(out / "model.safetensors").values())


def test_a_wrong_merge_fails(folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from peft import PeftModel

    monkeypatch.setattr(PeftModel, "merge_and_unload", lambda self, **_: self.unload(), raising=False)
    with pytest.raises(GradusError, match=r"computes something else.*float32, tolerance 0\.0001"):
        merge_adapter(*folders)


def off_by(largest: float, share: float = 1.0) -> list[torch.Tensor]:
    """Log-probabilities of which a share is off by so much, in the second of two prompts."""
    changed = torch.zeros(100)
    changed[: round(100 * share)] = largest
    return [torch.zeros(3, 5), changed.view(20, 5)]


@pytest.mark.parametrize(
    ("precision", "largest", "share", "passes"),
    [
        (torch.float32, 0.9e-4, 1.0, True),
        (torch.float32, 1.1e-4, 1.0, False),
        (torch.float32, 5e-4, 0.01, False),  # 4e-6 on average: a few wrong logits are a wrong merge
        (torch.bfloat16, 0.2, 0.01, True),  # rounding does that to a few
        (torch.bfloat16, 0.2, 1.0, False),
        (torch.float16, 0.2, 0.01, True),
        (torch.float16, 0.2, 1.0, False),
    ],
)
def test_what_the_check_holds_against(precision: torch.dtype, largest: float, share: float, passes: bool) -> None:
    """The largest difference in float32; in 16 bits, which round every weight, the mean one."""
    zeros, off = off_by(0.0), off_by(largest, share)
    assert check(zeros, zeros, precision, "x")["largest_difference"] == 0
    if passes:
        found = check(zeros, off, precision, "x")
        assert found["largest_difference"] == pytest.approx(largest)
        assert found["mean_difference"] == pytest.approx(largest * share * 100 / 115)
        assert found["tolerance"] == TOLERANCES[precision]
    else:
        for pair in ((zeros, off), (off, zeros)):
            with pytest.raises(
                GradusError, match=f"{largest:.3g} at most, {largest * share * 100 / 115:.3g} on average"
            ):
                check(*pair, precision, "x")


@pytest.mark.parametrize("precision", TOLERANCES)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_number_passes_no_check(precision: torch.dtype, value: float) -> None:
    with pytest.raises(GradusError, match=f"{value} at most"):
        check(off_by(0.0), off_by(value, 0.01), precision, "x")
