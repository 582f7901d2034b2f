"""Checkpoints of nanoGPT (https://github.com/karpathy/nanoGPT) and of what is built like it, as GPT-2 of transformers.

nanoGPT has its projections as `nn.Linear`, [outputs, inputs]; transformers' GPT-2 has them as `Conv1D`, [inputs,
outputs]. So four matrices of each layer are transposed, `attn.c_proj` too, which is square: its shape says nothing.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Literal

import torch
from torch import Tensor
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from gradus.models.config_names import GPT2
from gradus.provenance.errors import GradusError

TRANSPOSED = ("attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight")
PREFIXES = ("_orig_mod.", "module.")
"""Of names, by `torch.compile` and by training on several GPUs."""

MASK = ".attn.bias"
"""Older checkpoints have the causal mask among the weights."""

EMBEDDING, POSITIONS, HEAD = "transformer.wte.weight", "transformer.wpe.weight", "lm_head.weight"

Gelu = Literal["exact", "tanh"]
ACTIVATIONS: dict[Gelu, str] = {"exact": "gelu", "tanh": "gelu_pytorch_tanh"}
"""transformers' names of the Gaussian error linear unit (arXiv:1606.08415) and of its approximation."""


class GPTConfig:
    """Stands for the class of this name that build-nanogpt and llm.c pickle with their weights: its values alone are
    read, as attributes; no code of a checkpoint runs."""


@dataclass(frozen=True)
class Sizes:
    """Of a checkpoint's network. gelu: which its MLP has, by the repository that writes such checkpoints."""

    n_layer: int
    n_head: int
    n_embd: int
    block_size: int
    vocab_size: int
    gelu: Gelu

    def config(self, gelu: Gelu | None = None, tied: bool = True) -> dict[str, Any]:
        """The keys of a `config.json` that the sizes decide; `gelu` in place of the checkpoint's own."""
        sizes = asdict(self)
        sizes["n_positions"] = sizes.pop("block_size")
        activation = ACTIVATIONS[gelu or sizes.pop("gelu")]
        sizes.pop("gelu", None)
        dropout = dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0)
        return {"model_type": GPT2, "activation_function": activation, "tie_word_embeddings": tied} | sizes | dropout


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
        found = {name: self._as_exported(name) for name in _names(self.sizes)}
        return found if self.tied else found | {HEAD: self.weights[HEAD].float()}

    def _as_exported(self, name: str) -> Tensor:
        if name not in self.weights:  # a bias
            return torch.zeros(len(self.weights[name.removesuffix("bias") + "weight"]))
        tensor = self.weights[name].float()
        return tensor.T.contiguous() if name.endswith(TRANSPOSED) else tensor


@lru_cache(maxsize=16)
def _read_once(path: Path, _stamp: int) -> Checkpoint:
    return _read(path)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read with `weights_only`, mapped from the file, so that what is not used is not in memory.

    Raises GradusError where the file holds anything but weights and sizes, or these do not belong together.
    """
    return _read_once(path, path.stat().st_mtime_ns) if path.is_file() else _read(path)


def _read(path: Path) -> Checkpoint:
    try:
        objects = get_unsafe_globals_in_checkpoint(path)
        unknown = [name for name in objects if name.rpartition(".")[2] != GPTConfig.__name__]
        if unknown:
            what = f"{path}: holds Python objects ({', '.join(unknown)}), which are not read as they may run code"
            raise GradusError(f"{what}; save a checkpoint of tensors and numbers alone")
        with safe_globals([(GPTConfig, name) for name in objects]):
            found = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (OSError, ValueError, RuntimeError, EOFError, UnpicklingError) as error:
        first = str(error).partition("\n")[0]
        raise GradusError(f"{path}: is not a readable checkpoint of torch ({first}); copy it again") from None
    weights = found.get("model") if isinstance(found, dict) else None
    if not isinstance(weights, dict) or not all(isinstance(tensor, Tensor) for tensor in weights.values()):
        raise GradusError(f"{path}: has no weights under `model`; give a checkpoint of nanoGPT, such as ckpt.pt")
    weights = {_plain(name): tensor for name, tensor in weights.items() if not name.endswith(MASK)}
    sizes = _sizes(path, found)
    _expect_whole(path, sizes, weights)
    return Checkpoint(path, sizes, weights)


def _plain(name: str) -> str:
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _sizes(path: Path, found: dict[str, Any]) -> Sizes:
    """nanoGPT has them as `model_args`, build-nanogpt as an object, whose network has the approximated GELU."""
    said, gelu = found.get("model_args", {}), "exact"
    if isinstance(found.get("config"), GPTConfig):
        said, gelu = vars(found["config"]), "tanh"
    said = said if isinstance(said, dict) else {}
    keys = [key for key in Sizes.__dataclass_fields__ if key != "gelu"]
    wrong = [key for key in keys if not isinstance(said.get(key), int)]
    if wrong:
        raise GradusError(
            f"{path}: does not say {', '.join(wrong)} under model_args; save them as nanoGPT's train.py does"
        )
    return Sizes(**{key: said[key] for key in keys}, gelu=gelu)


def _names(sizes: Sizes) -> Iterator[str]:
    """Of all weights that an export has, the head aside."""
    yield from (EMBEDDING, POSITIONS)
    parts = ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
    for layer in range(sizes.n_layer):
        yield from (f"transformer.h.{layer}.{part}.{kind}" for part in parts for kind in ("weight", "bias"))
    yield from ("transformer.ln_f.weight", "transformer.ln_f.bias")


def _shape(name: str, sizes: Sizes) -> tuple[int, ...]:
    """In nanoGPT's layout."""
    width = sizes.n_embd
    matrices = {
        EMBEDDING: (sizes.vocab_size, width),
        POSITIONS: (sizes.block_size, width),
        HEAD: (sizes.vocab_size, width),
        "attn.c_attn.weight": (3 * width, width),
        "attn.c_proj.weight": (width, width),
        "mlp.c_fc.weight": (4 * width, width),
        "mlp.c_proj.weight": (width, 4 * width),
        "attn.c_attn.bias": (3 * width,),
        "mlp.c_fc.bias": (4 * width,),
    }
    return next((shape for end, shape in matrices.items() if name.endswith(end)), (width,))


def _expect_whole(path: Path, sizes: Sizes, weights: dict[str, Tensor]) -> None:
    names = list(_names(sizes))
    if strange := sorted(weights.keys() - {*names, HEAD}):
        raise GradusError(
            f"{path}: has {strange[0]}, which a GPT-2 has not; give a checkpoint of nanoGPT's own network"
        )
    for name in (*names, HEAD):
        if name not in weights:
            if name == HEAD or name.endswith("bias"):
                continue
            raise GradusError(f"{path}: lacks {name}, of {sizes.n_layer} layers; copy it again")
        found = tuple(weights[name].shape)
        if found != (wanted := _shape(name, sizes)):
            raise GradusError(
                f"{path}: {name} is {found}, and its sizes ask for {wanted}; take the weights with their own"
            )
