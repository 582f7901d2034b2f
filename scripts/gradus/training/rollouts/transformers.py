"""Rollouts by the model that trains, or under overlap by a copy of what is trained in it."""

import contextlib
import copy
from collections.abc import Generator, Sequence
from pathlib import Path

import torch
from torch import nn

from gradus.models.nf4 import without_dropout
from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.transformers.engine import TransformersEngine
from gradus.specs.training import GrpoSpec
from gradus.training.adapters import whole_weights
from gradus.training.causal_lm import Loaded, Model, network_of


class TransformersRollouts:
    """own_weights: a copy, that answers while the model is trained; weights that are frozen are not copied."""

    def __init__(self, model: Model, bf16: bool, own_weights: bool) -> None:
        self._trained, self._bf16 = model, bf16
        self._model = _copied(model) if own_weights else model
        self._network = network_of(self._model)
        self._engine = TransformersEngine(self._network)

    @torch.no_grad()
    def push(self) -> None:
        if self._model is self._trained:
            return
        for name, parameter in self._trained.named_parameters():
            if parameter.requires_grad:
                self._model.get_parameter(name).copy_(parameter)

    def generate(
        self, prompts: Sequence[Sequence[int]], *, seeds: Sequence[int], decoding: Decoding
    ) -> list[Completion]:
        precision = torch.autocast(self._network.device.type, torch.bfloat16, enabled=self._bf16)
        with precision, evaluating(self._network), whole_weights(self._network):
            return self._engine.generate(prompts, seeds=seeds, decoding=decoding)

    def sleep(self) -> None:
        """It has no memory of its own between calls, or needs it at once."""


def open_engine(loaded: Loaded[GrpoSpec], longest: int, state_folder: Path) -> TransformersRollouts:
    settings = loaded.settings
    return TransformersRollouts(loaded.model, settings.bf16, own_weights=bool(settings.overlap))


def _copied(model: Model) -> Model:
    """Tensors that are not trained are the model's own: the base of an adapter is there once."""
    frozen = {id(p): p for p in model.parameters() if not p.requires_grad}
    return copy.deepcopy(model, frozen).requires_grad_(False)


@contextlib.contextmanager
def evaluating(network: nn.Module) -> Generator[None]:
    """Evaluation mode: no dropout, and layers that are checkpointed keep a cache."""
    modes = {module: module.training for module in network.modules()}
    without_dropout(network)
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
