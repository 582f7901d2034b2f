"""Models on disk in Hugging Face's layout: `config.json`, `generation_config.json`, `model.safetensors`.

Published models may have their weights in several files, which `model.safetensors.index.json` names.

Equal weights give equal bytes.
"""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from gradus.models.architecture import Architecture
from gradus.models.published import weight_files
from gradus.models.qwen3 import Weights
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, replacing, write_json


def save_model(directory: str | Path, arch: Architecture, weights: Weights) -> None:
    """Write a model that plain transformers loads."""
    directory = Path(directory)
    write_json(directory / "config.json", arch.to_config())
    write_json(
        directory / "generation_config.json",
        {"do_sample": False, "eos_token_id": arch.eos_of_config, "pad_token_id": arch.pad_token_id},
    )
    tensors = {name: weights[name].detach().to(torch.float32).contiguous() for name in arch.weight_shapes()}
    with replacing(directory / "model.safetensors") as temporary:
        temporary.write_bytes(save(tensors, metadata={"format": "pt"}))  # save_file would make it private (mode 600)


def load_model(directory: str | Path) -> tuple[Architecture, Weights]:
    """Read a model as float32 weights.

    Raises GradusError when a file is missing or damaged, or when the tensors do not fit the config.
    """
    directory = Path(directory)
    if not (directory / "config.json").is_file():
        raise GradusError(f"{directory / 'config.json'} does not exist: give the directory of a model")
    arch = Architecture.from_config(read_json(directory / "config.json"), source=str(directory / "config.json"))
    tensors: Weights = {}
    for path in weight_files(directory):
        try:
            tensors |= load_file(path)
        except SafetensorError as error:
            raise GradusError(f"{path} is not a readable safetensors file ({error}): build or copy it again") from error
    weights: Weights = {}
    for name, shape in arch.weight_shapes().items():
        if name not in tensors or tuple(tensors[name].shape) != shape:
            found = tuple(tensors[name].shape) if name in tensors else "nothing"
            raise GradusError(
                f"{directory}: {name} should be {shape}, found {found}: weights and config.json do not belong together"
            )
        weights[name] = tensors[name].to(torch.float32)
    return arch, weights
