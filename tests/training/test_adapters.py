"""Adapters with less around them compute what PEFT's do."""

import copy
from pathlib import Path

import pytest
import torch
from bitsandbytes.functional import dequantize_4bit
from peft import LoraConfig, PeftModel, get_peft_model
from tiny import job_of, save_tiny_model
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from gradus.models.nf4 import without_dropout
from gradus.training import adapters
from gradus.training.adapters import AdaptedLinear, lighten, whole_weights
from gradus.training.causal_lm import load
from model_folders import model_of


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(12, 20), Conv1D(6, 20)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(torch.tanh(self.first(x)))


@pytest.fixture
def models() -> tuple[PeftModel, PeftModel]:
    """PEFT's own, and ours with the same weights."""
    torch.manual_seed(0)
    config = LoraConfig(r=4, lora_alpha=6, target_modules=["first", "second"])
    theirs = get_peft_model(Two(), config)
    theirs.add_adapter("ref", config)
    for name, parameter in theirs.named_parameters():
        if "lora_B" in name:
            nn.init.normal_(parameter)
    ours = copy.deepcopy(theirs)
    lighten(ours)
    return theirs, ours


def found(model: PeftModel) -> list[Tensor]:
    """What a model makes of inputs, and its gradients."""
    model.zero_grad()
    x = torch.linspace(-1, 1, 3 * 5 * 12).view(3, 5, 12).requires_grad_()
    y = model(x)
    (y * torch.linspace(0.5, 1, y.numel()).view(y.shape)).sum().backward()
    return [y.detach(), x.grad, *(p.grad for p in model.parameters() if p.grad is not None)]


def assert_like(model: PeftModel, other: PeftModel) -> None:
    for one, two in zip(found(model), found(other), strict=True):
        torch.testing.assert_close(one, two, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("method", ["lora", "qlora"])
def test_dropout_is_of_what_the_adapter_reads(method: str, tmp_path: Path) -> None:
    """W x + (alpha / rank) B A (m x / (1 - p)), with a mask m of each input of each token; W is what 4 bits are."""
    base = save_tiny_model(tmp_path / "base", hidden=64, inner=64)
    lora = {"rank": 2, "alpha": 6.0, "dropout": 0.4, "targets": ["up_proj"]}
    settings = job_of(tmp_path, "sft_custom", method=method, lora=lora, backend="trl").settings
    model = load(model_of(base), settings, tmp_path / "state").model
    lighten(model)
    name = "base_model.model.model.layers.1.mlp.up_proj"
    layer = model.get_submodule(name)
    a_R_I, b_O_R = (model.get_parameter(f"{name}.lora_{letter}.default.weight") for letter in "AB")
    nn.init.normal_(b_O_R)
    weight = layer.base_layer.weight
    if method == "qlora":
        weight = dequantize_4bit(weight.data, weight.quant_state)
    x = torch.randn(3, 5, 64)
    model.train()
    torch.manual_seed(7)
    found = layer(x)
    torch.manual_seed(7)
    kept = (torch.nn.functional.dropout(torch.ones_like(x), 0.4) > 0).float()
    assert 0.3 < kept.mean() < 0.9
    expected = x @ weight.T + 6 / 2 * ((x * kept / 0.6) @ a_R_I.T) @ b_O_R.T
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    without_dropout(model)
    torch.testing.assert_close(layer(x), x @ weight.T + 3 * (x @ a_R_I.T) @ b_O_R.T, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("most", [0, adapters.MOST_NUMBERS])
@pytest.mark.parametrize("adapter", ["default", "ref", None])
def test_forward_and_back(
    models: tuple[PeftModel, PeftModel], most: int, adapter: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, ours = models
    assert sum(isinstance(module, AdaptedLinear) for module in ours.modules()) == 2
    monkeypatch.setattr(adapters, "MOST_NUMBERS", most)
    if adapter is not None:
        for model in models:
            model.set_adapter(adapter)
        assert_like(theirs, ours)
    else:
        with theirs.disable_adapter(), ours.disable_adapter():
            assert_like(theirs, ours)


def test_whole_weights_follow_the_adapter(models: tuple[PeftModel, PeftModel]) -> None:
    theirs, ours = models
    x = torch.randn(7, 12)
    with torch.no_grad():
        for _ in range(2):
            with whole_weights(ours):
                torch.testing.assert_close(ours(x), theirs(x), atol=1e-5, rtol=1e-5)
            for model in models:
                for name, parameter in model.named_parameters():
                    if ".default." in name:
                        parameter.mul_(1.5)
        torch.testing.assert_close(ours(x), theirs(x), atol=1e-5, rtol=1e-5)


def test_bfloat16_computes_in_bfloat16(models: tuple[PeftModel, PeftModel]) -> None:
    theirs, ours = models
    x = torch.randn(7, 12)
    with torch.autocast("cpu", torch.bfloat16):
        one, two = theirs(x), ours(x)
    assert one.dtype == two.dtype == torch.bfloat16
    torch.testing.assert_close(one, two, atol=0.1, rtol=0.1)
