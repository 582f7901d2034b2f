"""Tiny checkpoints as nanoGPT's train.py and build-nanogpt's train_gpt2.py write them."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

SIZES = {"n_layer": 2, "n_head": 2, "n_embd": 32, "block_size": 64, "vocab_size": 50_304}


def network_weights(sizes: dict[str, int] = SIZES, bias: bool = True) -> dict[str, Tensor]:
    """Random ones that are far from those of an untrained network, so that a wrong place of any shows."""
    generator = torch.Generator().manual_seed(0)
    width = sizes["n_embd"]
    shapes: dict[str, tuple[int, ...]] = {
        "transformer.wte.weight": (sizes["vocab_size"], width),
        "transformer.wpe.weight": (sizes["block_size"], width),
    }
    for layer in range(sizes["n_layer"]):
        here = f"transformer.h.{layer}"
        matrices = {"attn.c_attn": (3, 1), "attn.c_proj": (1, 1), "mlp.c_fc": (4, 1), "mlp.c_proj": (1, 4)}
        for name, (outputs, inputs) in matrices.items():
            shapes[f"{here}.{name}.weight"] = (outputs * width, inputs * width)
            shapes[f"{here}.{name}.bias"] = (outputs * width,)
        for name in ("ln_1", "ln_2"):
            shapes |= {f"{here}.{name}.weight": (width,), f"{here}.{name}.bias": (width,)}
    shapes |= {"transformer.ln_f.weight": (width,), "transformer.ln_f.bias": (width,)}
    kept = {name: shape for name, shape in shapes.items() if bias or not name.endswith("bias")}
    weights = {name: 0.2 * torch.randn(shape, generator=generator) for name, shape in kept.items()}
    return weights | {"lm_head.weight": weights["transformer.wte.weight"]}


def save_nanogpt(path: Path, **more: Any) -> Path:
    """As train.py does: compiled, with the optimizer's state and its settings."""
    weights = {f"_orig_mod.{name}": tensor for name, tensor in network_weights(bias=more.get("bias", True)).items()}
    mask = torch.ones(64, 64).tril().view(1, 1, 64, 64)
    weights["_orig_mod.transformer.h.0.attn.bias"] = mask  # of older releases
    arguments = {**SIZES, "bias": more.get("bias", True), "dropout": 0.0}
    rest = {"optimizer": {"state": {}, "param_groups": []}, "iter_num": 7, "best_val_loss": torch.tensor(3.3)}
    torch.save({"model": weights, "model_args": arguments, "config": {"dataset": "owt"}, **rest}, path)
    return path


def save_build_nanogpt(path: Path, patch: pytest.MonkeyPatch) -> Path:
    """As train_gpt2.py does: the sizes are an object of a class of the script."""
    script = ModuleType("train_gpt2")
    script.GPTConfig = type("GPTConfig", (), {"__module__": "train_gpt2"})  # ty: ignore[unresolved-attribute]
    config = script.GPTConfig()
    vars(config).update(SIZES)
    patch.setitem(sys.modules, "train_gpt2", script)
    torch.save({"model": network_weights(), "config": config, "step": 19_072, "val_loss": 3.07}, path)
    patch.delitem(sys.modules, "train_gpt2")
    return path
