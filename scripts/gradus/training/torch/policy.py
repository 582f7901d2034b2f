"""The model being trained: dense weights, or frozen dense weights with an adapter."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from gradus.models.architecture import Architecture
from gradus.models.ends import Ends
from gradus.models.lora import Adapter, init_adapter, load_adapter, merged, save_adapter
from gradus.models.opened import ModelFolders
from gradus.models.qwen3 import Weights
from gradus.models.store import load_model, save_model
from gradus.models.tokenizer import copy_tokenizer, load_tokenizer
from gradus.prompts.chat import ChatTemplate


class Policy:
    """What is trained (`parameters`), and the dense weights that it amounts to (`weights`)."""

    def __init__(self, arch: Architecture, dense: Weights, adapter: Adapter | None) -> None:
        self.arch = arch
        self._dense = dense
        self._adapter = adapter
        self.parameters: dict[str, Tensor] = dict(dense)
        if adapter is not None:
            self.parameters = {f"{name}.A": tensor for name, tensor in adapter.a.items()}
            self.parameters |= {f"{name}.B": tensor for name, tensor in adapter.b.items()}
        for tensor in self.parameters.values():
            tensor.requires_grad_(True)

    def weights(self) -> Weights:
        """The dense weights, differentiable in the parameters."""
        return self._dense if self._adapter is None else merged(self._dense, self._adapter)

    def frozen_weights(self) -> Weights:
        """A copy of the dense weights as they are now."""
        with torch.no_grad():
            return {name: tensor.detach().clone() for name, tensor in self.weights().items()}

    def save(self, directory: Path, base: str) -> None:
        """Write the adapter, or the dense model; `base` is the path of the model that an adapter belongs to."""
        if self._adapter is None:
            save_model(directory, self.arch, self._dense)
        else:
            save_adapter(directory, self._adapter, base)


class Start:
    """The files that a run starts from: a dense model with its tokenizer, and maybe an adapter on it."""

    def __init__(self, model: ModelFolders) -> None:
        self.folder = model.dense
        arch, self._dense = load_model(self.folder)
        self._adapter = load_adapter(model.adapter, arch) if model.adapter else None
        self.tokenizer: Tokenizer = load_tokenizer(self.folder)
        self.template = ChatTemplate.load(self.folder)
        self.ends = Ends.of(self.folder, self.tokenizer, self.template)
        self.arch = replace(arch, eos_token_id=self.ends.ids)  # which is what the trained model says of itself

    def weights(self) -> Weights:
        """The dense weights to sample from."""
        return self._dense if self._adapter is None else merged(self._dense, self._adapter)

    def policy(self, method: str, rank: int, alpha: float, targets: Sequence[str], seed: int) -> Policy:
        """A policy to train: all parameters; the adapter that is there; or a fresh adapter."""
        if method == "full":
            return Policy(self.arch, {name: tensor.clone() for name, tensor in self.weights().items()}, None)
        adapter = self._adapter or init_adapter(self.arch, rank, alpha, tuple(targets), seed)
        return Policy(self.arch, self._dense, adapter)

    def save(self, policy: Policy, directory: Path) -> None:
        """Write a policy that was trained from here. Every model folder is whole: with its tokenizer."""
        copy_tokenizer(self.folder, directory)
        policy.save(directory, str(self.folder))
