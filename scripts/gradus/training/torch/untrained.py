"""A model of the embedded network before its pretraining."""

from pathlib import Path
from typing import Any

from torch import Tensor

from gradus.models.architecture import Architecture
from gradus.models.qwen3 import hidden_states, init_weights, logits
from gradus.models.store import save_model


class Untrained:
    """See `gradus.training.torch.pretrain.UntrainedModel`."""

    def __init__(self, arch: Architecture, seed: int) -> None:
        self._arch = arch
        self.parameters = init_weights(arch, seed)
        for tensor in self.parameters.values():
            tensor.requires_grad_(True)

    def logits(self, ids_B_T: Tensor) -> Tensor:
        return logits(self.parameters, hidden_states(self.parameters, self._arch, ids_B_T))

    def save(self, directory: Path) -> None:
        save_model(directory, self._arch, self.parameters)


def untrained_model(family: str, shape: dict[str, Any], seed: int, ternary: bool) -> Untrained:
    """`shape`: the sizes and special tokens of an `Architecture`, which are of one family only. What has ternary
    weights is made elsewhere."""
    assert not ternary
    return Untrained(Architecture(**shape), seed)
