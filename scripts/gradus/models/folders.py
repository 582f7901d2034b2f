"""Models of transformers as folders, each file whole or absent."""

import os
import shutil
from pathlib import Path

import torch
from transformers import PreTrainedModel

from gradus.provenance.files import read_json, replacing, write_json


def save_dense(model: PreTrainedModel, directory: Path, dtype: torch.dtype) -> None:
    """One `model.safetensors` in this precision, beside the configs. Tied weights are in it once."""
    directory.mkdir(parents=True, exist_ok=True)
    temporary = directory / ".saving"
    shutil.rmtree(temporary, ignore_errors=True)
    state = model.state_dict()
    made = {tensor.data_ptr(): tensor.detach().to(dtype) for tensor in state.values()}
    weights = {name: made[tensor.data_ptr()] for name, tensor in state.items()}
    model.save_pretrained(temporary, state_dict=weights, max_shard_size="1TB")
    config = read_json(temporary / "config.json")
    write_json(directory / "config.json", config | {"dtype": str(dtype).removeprefix("torch.")})
    for name in ("generation_config.json", "model.safetensors"):
        os.chmod(temporary / name, 0o644)  # safetensors makes its files private
        with replacing(directory / name) as written:
            os.replace(temporary / name, written)
    shutil.rmtree(temporary)
