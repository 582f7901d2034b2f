"""Linear layers with ternary weights, as in BitNet b1.58 (Ma et al. 2024, arXiv:2402.17764), and their files.

A layer keeps latent weights W in float32, and computes with gamma * round-clip(W / gamma) in {-gamma, 0, gamma}, where
gamma = mean |W| over the matrix (absmean, equations 1 to 3). The gradient goes straight through to W: rounding and
clipping count as the identity, and gamma as a constant, as in the authors' own code (The Era of 1-bit LLMs: Training
Tips, Code and FAQ, 2024, https://github.com/microsoft/unilm/tree/master/bitnet).

What differs from the paper:
- Each row has a scale of its own besides, relative to gamma: 1 until it is trained, which it is by itself, with the
  signs as they are.
- Activations are not quantized to 8 bits, since the samplers, which read the dense weights, would not do that either.
- There is no norm before each linear layer but those that the family has, so that the model is one of the family.
- Embeddings, head, norms and biases are as they were.

A model's folder holds the dense weights, which anything reads, and beside them `ternary.safetensors` with the latent
weights and scales. The two are compared when they are written and when they are read.

Shape suffixes: O outputs, I inputs.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import PreTrainedModel

from gradus.models.manifest import LATENTS
from gradus.models.published import weight_files
from gradus.provenance.errors import GradusError
from gradus.provenance.files import replacing

LEAST_GAMMA = 1e-5
"""Of a matrix of zeros, as in the authors' code; the paper adds an epsilon to every gamma."""


def quantized(latent_O_I: Tensor) -> tuple[Tensor, Tensor]:
    """gamma [], and the signs [O, I], each -1, 0 or 1. Halves round to the even number, so +-gamma / 2 are 0."""
    gamma = latent_O_I.abs().mean().clamp(min=LEAST_GAMMA)
    return gamma, (latent_O_I / gamma).round().clamp(-1, 1)


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, latent_O_I: Tensor, scale_O: Tensor) -> Tensor:
        gamma, signs_O_I = quantized(latent_O_I)
        ctx.save_for_backward(gamma, scale_O, signs_O_I.to(torch.int8) if ctx.needs_input_grad[1] else None)
        return (scale_O * gamma)[:, None] * signs_O_I

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None]:
        (grad_O_I,) = grads
        gamma, scale_O, signs_O_I = ctx.saved_tensors
        of_latent = grad_O_I * scale_O[:, None] if ctx.needs_input_grad[0] else None
        return of_latent, None if signs_O_I is None else gamma * (grad_O_I * signs_O_I).sum(1)


class TernaryLinear(nn.Linear):
    """`weight` is latent. In a state dict the layer is the dense one that it amounts to."""

    scale: nn.Parameter
    """[O], relative to gamma."""

    _held: Tensor | None = None
    """The ternary weights while nothing changes them."""

    @classmethod
    def replace(cls, layer: nn.Linear) -> None:
        """Make a linear layer one of these: its weights are the latent ones."""
        layer.__class__ = cls
        like = layer.weight
        layer.scale = nn.Parameter(torch.ones(like.shape[0], dtype=like.dtype, device=like.device), requires_grad=False)

    def ternary(self) -> Tensor:
        """The weights [O, I] that it computes with, differentiable in the latent ones and the scales."""
        return cast(Tensor, _StraightThrough.apply(self.weight, self.scale))

    def hold(self, held: bool) -> None:
        """Make the ternary weights once, for many passes without a gradient; or for each pass again."""
        with torch.no_grad():
            self._held = self.ternary() if held else None

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.ternary() if self._held is None else self._held, self.bias)

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        with torch.no_grad():
            destination[prefix + "weight"] = self.ternary()
        if self.bias is not None:
            destination[prefix + "bias"] = self.bias if keep_vars else self.bias.detach()


def ternary_layers(model: nn.Module) -> dict[str, TernaryLinear]:
    """By their names in the model; none of a model without."""
    return {name: layer for name, layer in model.named_modules() if isinstance(layer, TernaryLinear)}


def make_ternary(model: PreTrainedModel) -> None:
    """Replace the linear layers of a decoder, but for the head. Raises GradusError where there are none."""
    head = model.get_output_embeddings()
    layers = [layer for layer in model.modules() if type(layer) is nn.Linear and layer is not head]
    if not layers:
        raise GradusError(f"method: ternary: a {model.config.model_type} has no linear layers; take method: full")
    for layer in layers:
        TernaryLinear.replace(layer)


def continue_ternary(model: PreTrainedModel, folder: Path) -> None:
    """Make a model that was read from `folder` ternary: with the latent weights that are there; else its own become
    latent.

    Raises GradusError where these do not amount to the dense weights of the folder.
    """
    make_ternary(model)
    if not (folder / LATENTS).is_file():
        return
    dense = dense_weights(folder)
    try:
        tensors = load_file(folder / LATENTS)
    except SafetensorError as error:
        raise GradusError(f"{folder / LATENTS} is not readable ({error}): build or copy the model again") from None
    with torch.no_grad():
        for name, layer in ternary_layers(model).items():
            for part, parameter in _parts(name, layer):
                found = tensors.pop(part, None)
                if found is None or found.shape != parameter.shape:
                    raise GradusError(f"{folder / LATENTS}: has no {part} of this model: build or copy it again")
                parameter.copy_(found)
            _compare(layer.ternary(), dense[f"{name}.weight"], f"{folder}: {name}.weight")


def save_latents(model: nn.Module, directory: Path) -> None:
    """Beside the dense weights of a ternary model, which are compared with them; nothing for any other model."""
    layers = ternary_layers(model)
    if not layers:
        return
    parts = {part: p.detach().float().cpu() for name, layer in layers.items() for part, p in _parts(name, layer)}
    with replacing(directory / LATENTS) as temporary:
        temporary.write_bytes(save(parts, metadata={"format": "pt"}))
    written = dense_weights(directory)
    with torch.no_grad():
        for name, layer in layers.items():
            _compare(layer.ternary(), written[f"{name}.weight"], f"{directory}: {name}.weight")


def dense_weights(folder: Path) -> dict[str, Tensor]:
    """The tensors of a model's weight files, by the names of a decoder of texts: files of Qwen3.5 have others."""
    tensors = {name: tensor for path in weight_files(folder) for name, tensor in load_file(path).items()}
    return {name.replace("model.language_model.", "model."): tensor for name, tensor in tensors.items()}


def row_scales(weights_O_I: Tensor) -> Tensor | None:
    """The scale [O] of each row of a matrix whose rows have no values but -scale, 0 and scale; None for others."""
    scales_O = weights_O_I.abs().amax(1)
    is_ternary = (weights_O_I == 0) | (weights_O_I.abs() == scales_O[:, None])
    return scales_O if bool(is_ternary.all()) else None


def _parts(name: str, layer: TernaryLinear) -> Iterator[tuple[str, Tensor]]:
    return iter([(f"{name}.weight", layer.weight), (f"{name}.scale", layer.scale)])


def _compare(made_O_I: Tensor, written_O_I: Tensor, what: str) -> None:
    """In the precision that was written. Raises GradusError where a value differs."""
    if not torch.equal(made_O_I.to(written_O_I.dtype).cpu(), written_O_I.cpu()):
        raise GradusError(f"{what} is not what {LATENTS} beside it amounts to: build or copy the model again")
