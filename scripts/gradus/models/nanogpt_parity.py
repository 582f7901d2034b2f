"""Whether an exported GPT-2 computes what its nanoGPT checkpoint does.

The checkpoint is computed here by plain functions, in nanoGPT's own layout and apart from transformers, so that nothing
that turns one into the other can be wrong in both. In float64, where rounding is no excuse.

Shape suffixes: T tokens, E width, V vocabulary, H heads, D head width.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from gradus.models.nanogpt import TRANSPOSED, Checkpoint
from gradus.models.nanogpt_sizes import EMBEDDING, HEAD, POSITIONS, Gelu
from gradus.models.published import weight_files
from gradus.provenance.errors import GradusError

TOLERANCE = 1e-6
"""Nats that a log-probability may differ by; in float64 those of equal weights differ by 1e-11."""

PROBES, PROBE_TOKENS = 3, 64


@torch.inference_mode()
def check_export(checkpoint: Checkpoint, folder: Path, gelu: Gelu | None = None) -> float:
    """The largest difference of the log-probabilities that checkpoint and export give to some tokens, in nats.

    Raises GradusError, with the first weight that is another one, where they compute something else.
    """
    texts = probes(checkpoint)
    model = _load(checkpoint, folder)
    found = [model(torch.tensor([text])).logits[0] for text in texts]
    del model
    weights = {name: tensor.double() for name, tensor in checkpoint.weights.items()}
    own = [logits(checkpoint, weights, text, gelu or checkpoint.sizes.gelu) for text in texts]
    if found[0].shape != own[0].shape:
        rows = f"{found[0].shape[1]} tokens, and the checkpoint {own[0].shape[1]}"
        raise GradusError(f"{folder}: the export has {rows}: export {checkpoint.path} again")
    pairs = zip(own, found, strict=True)
    difference = max((a.log_softmax(-1) - b.log_softmax(-1)).abs().max().item() for a, b in pairs)
    if not difference <= TOLERANCE:  # also where it is not a number
        what = f"{folder}: computes something else than {checkpoint.path}, log-probabilities differ by {difference:.3g}"
        raise GradusError(f"{what}: {_cause(checkpoint, folder)}; export it again")
    return difference


def _load(checkpoint: Checkpoint, folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    weight_files(folder)  # or a folder without any is looked for on the hub
    try:
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()
    except (RuntimeError, ValueError, OSError):  # of many lines
        what = f"{folder}: is not the GPT-2 of {checkpoint.path}"
        raise GradusError(f"{what}: {_cause(checkpoint, folder)}; export it again") from None


def probes(checkpoint: Checkpoint) -> list[list[int]]:
    """Texts of tokens from all over the vocabulary; at most as long as the model's positions."""
    sizes = checkpoint.sizes
    length = min(PROBE_TOKENS, sizes.block_size)
    generator = torch.Generator().manual_seed(0)
    return torch.randint(sizes.vocab_size, (PROBES, length), generator=generator).tolist()


def logits(checkpoint: Checkpoint, weights: dict[str, Tensor], text: Sequence[int], gelu: Gelu) -> Tensor:
    """[T, V] of one text, by the checkpoint's `weights` in whatever precision."""
    sizes = checkpoint.sizes

    def linear(x_T_E: Tensor, name: str) -> Tensor:
        return F.linear(x_T_E, weights[f"{name}.weight"], weights.get(f"{name}.bias"))

    def norm(x_T_E: Tensor, name: str) -> Tensor:
        return F.layer_norm(x_T_E, (sizes.n_embd,), weights[f"{name}.weight"], weights.get(f"{name}.bias"), 1e-5)

    def heads(x_T_E: Tensor) -> Tensor:
        return x_T_E.view(len(text), sizes.n_head, -1).transpose(0, 1)

    x_T_E = weights[EMBEDDING][list(text)] + weights[POSITIONS][: len(text)]
    future_T_T = torch.ones(len(text), len(text), dtype=torch.bool).triu(1)
    for layer in range(sizes.n_layer):
        here = f"transformer.h.{layer}"
        queries_T_E, keys_T_E, values_T_E = linear(norm(x_T_E, f"{here}.ln_1"), f"{here}.attn.c_attn").chunk(3, dim=-1)
        queries_H_T_D, keys_H_T_D, values_H_T_D = heads(queries_T_E), heads(keys_T_E), heads(values_T_E)
        scores_H_T_T = queries_H_T_D @ keys_H_T_D.transpose(1, 2) / queries_H_T_D.shape[-1] ** 0.5
        attention_H_T_T = scores_H_T_T.masked_fill(future_T_T, float("-inf")).softmax(-1)
        attended_T_E = (attention_H_T_T @ values_H_T_D).transpose(0, 1).flatten(1)
        x_T_E = x_T_E + linear(attended_T_E, f"{here}.attn.c_proj")
        inner = linear(norm(x_T_E, f"{here}.ln_2"), f"{here}.mlp.c_fc")
        inner = F.gelu(inner, approximate="tanh" if gelu == "tanh" else "none")
        x_T_E = x_T_E + linear(inner, f"{here}.mlp.c_proj")
    return norm(x_T_E, "transformer.ln_f") @ weights.get(HEAD, weights[EMBEDDING]).T


def _cause(checkpoint: Checkpoint, folder: Path) -> str:
    """The first weight that is not what an export has."""
    there: dict[str, Tensor] = {}
    for file in weight_files(folder):
        there |= load_file(file)
    for name, right in checkpoint.exported().items():
        found = there.get(name)
        if found is None or not torch.equal(found.float(), right):
            if found is not None and name.endswith(TRANSPOSED) and torch.equal(found.float(), right.T):
                return f"{name} has to be transposed, and is not"
            return f"{name} is another one"
    return "the weights are the same, so config.json is another one (activation_function, n_head)"
