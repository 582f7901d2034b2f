"""Sizes of a checkpoint of nanoGPT, and whether its weights are those of such a network, read without torch,
as planning needs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from gradus.models.checkpoint_outline import Outline, read_outline
from gradus.models.config_names import GPT2
from gradus.provenance.errors import GradusError

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


def read_sizes(path: Path) -> Sizes:
    """Raises GradusError where the file holds anything but weights and sizes, or these do not belong together."""
    return _read_once(path, path.stat().st_mtime_ns) if path.is_file() else _read(path)


@lru_cache(maxsize=16)
def _read_once(path: Path, _stamp: int) -> Sizes:
    return _read(path)


def _read(path: Path) -> Sizes:
    found = read_outline(path, {GPTConfig.__name__: GPTConfig})
    weights = found.get("model") if isinstance(found, dict) else None
    if not isinstance(weights, dict) or not all(isinstance(tensor, Outline) for tensor in weights.values()):
        raise GradusError(f"{path}: has no weights under `model`; give a checkpoint of nanoGPT, such as ckpt.pt")
    sizes = _sizes(path, found)
    _expect_whole(path, sizes, {plain_name(name): tensor.shape for name, tensor in weights.items() if is_weight(name)})
    return sizes


def is_weight(name: str) -> bool:
    """Whether what has this name in a checkpoint belongs to the network."""
    return not name.endswith(MASK)


def plain_name(name: str) -> str:
    """nanoGPT's name of a weight."""
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name


def names_of(sizes: Sizes) -> Iterator[str]:
    """Of all weights that an export has, the head aside."""
    yield from (EMBEDDING, POSITIONS)
    parts = ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
    for layer in range(sizes.n_layer):
        yield from (f"transformer.h.{layer}.{part}.{kind}" for part in parts for kind in ("weight", "bias"))
    yield from ("transformer.ln_f.weight", "transformer.ln_f.bias")


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


def _expect_whole(path: Path, sizes: Sizes, shapes: Mapping[str, tuple[int, ...]]) -> None:
    names = list(names_of(sizes))
    if strange := sorted(shapes.keys() - {*names, HEAD}):
        raise GradusError(
            f"{path}: has {strange[0]}, which a GPT-2 has not; give a checkpoint of nanoGPT's own network"
        )
    for name in (*names, HEAD):
        if name not in shapes:
            if name == HEAD or name.endswith("bias"):
                continue
            raise GradusError(f"{path}: lacks {name}, of {sizes.n_layer} layers; copy it again")
        if shapes[name] != (wanted := _shape(name, sizes)):
            raise GradusError(
                f"{path}: {name} is {shapes[name]}, and its sizes ask for {wanted}; take the weights with their own"
            )
