"""Checkpoints of nanoGPT (https://github.com/karpathy/nanoGPT) and of what is built like it, as GPT-2 of transformers.

nanoGPT has its projections as `nn.Linear`, [outputs, inputs]; transformers' GPT-2 has them as `Conv1D`, [inputs,
outputs]. So four matrices of each layer are transposed, `attn.c_proj` too, which is square: its shape says nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from gradus.models.nanogpt_sizes import EMBEDDING, HEAD, GPTConfig, Sizes, is_weight, names_of, plain_name, read_sizes
from gradus.provenance.errors import GradusError

TRANSPOSED = ("attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight")


@dataclass(frozen=True)
class Checkpoint:
    """weights: by nanoGPT's names, in nanoGPT's layout."""

    path: Path
    sizes: Sizes
    weights: dict[str, Tensor]

    @property
    def tied(self) -> bool:
        return HEAD not in self.weights or torch.equal(self.weights[HEAD], self.weights[EMBEDDING])

    def exported(self) -> dict[str, Tensor]:
        """The weights by the names and in the layout of transformers, float32. Biases that the checkpoint does not have
        are zeros."""
        found = {name: self._as_exported(name) for name in names_of(self.sizes)}
        return found if self.tied else found | {HEAD: self.weights[HEAD].float()}

    def _as_exported(self, name: str) -> Tensor:
        if name not in self.weights:  # a bias
            return torch.zeros(len(self.weights[name.removesuffix("bias") + "weight"]))
        tensor = self.weights[name].float()
        return tensor.T.contiguous() if name.endswith(TRANSPOSED) else tensor


def read_checkpoint(path: Path) -> Checkpoint:
    """Read with `weights_only`, mapped from the file, so that what is not used is not in memory.

    Raises GradusError as `read_sizes`.
    """
    sizes = read_sizes(path)
    try:
        configs = [name for name in get_unsafe_globals_in_checkpoint(path) if name.endswith(f".{GPTConfig.__name__}")]
        with safe_globals([(GPTConfig, name) for name in configs]):
            found = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (OSError, ValueError, RuntimeError, EOFError, UnpicklingError) as error:
        first = str(error).partition("\n")[0]
        raise GradusError(f"{path}: is not a readable checkpoint of torch ({first}); copy it again") from None
    return Checkpoint(path, sizes, {plain_name(name): of for name, of in found["model"].items() if is_weight(name)})
