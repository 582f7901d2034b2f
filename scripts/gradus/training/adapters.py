"""PEFT's adapters with less around them: the layers stay PEFT's and are saved as such, their forward pass is ours.

PEFT widens the inputs of every adapted layer to float32, scales the update and adds it, each a pass over all tokens, in
some ten calls of Python. Here one product makes the update and adds it. Where a weight is small and float32, on a CPU,
W + (alpha / rank) B A comes first, as in `gradus.models.lora.merged`: thin products are slow there.

Shape suffixes: M tokens, I inputs, O outputs, R rank.
"""

import contextlib
from collections.abc import Generator
from typing import Any, cast

import torch
from peft.tuners.lora import Linear
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.nn import functional as F
from transformers.pytorch_utils import Conv1D

from gradus.models.ternary import ternary_layers

MOST_NUMBERS = 2**17
"""Of a weight that is made whole for a pass: at 512 x 512 the gradient of the whole costs what it saves."""


class AdaptedLinear(Linear):
    """A linear layer of any kind that may have several adapters, of which one at most is active."""

    _whole: Tensor | None = None
    """W + (alpha / rank) B A while nothing changes it."""

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        name = self._chosen()
        if name is None:
            return self.base_layer(x, *args, **kwargs)
        if self._whole is not None:
            return F.linear(x, self._whole, self._base.bias)
        dropout = self.lora_dropout[name]
        if self._is_small(x) and isinstance(dropout, nn.Identity):
            return F.linear(x, self._made_whole(name), self._base.bias)
        a_R_I, b_O_R = self._pair(name)
        if x.dtype != a_R_I.dtype and not torch.is_autocast_enabled(x.device.type):
            return super().forward(x, *args, **kwargs)  # which widens the inputs
        y = self.base_layer(x, *args, **kwargs)
        low_M_R = F.linear(dropout(x), a_R_I).flatten(0, -2)
        return torch.addmm(y.flatten(0, -2), low_M_R, b_O_R.T, alpha=self.scaling[name]).view(y.shape)

    def _chosen(self) -> str | None:
        if self.disable_adapters or self.merged:
            return None
        names = [name for name in self.active_adapters if name in self.lora_A]
        assert len(names) <= 1  # the adapter in training, or the one at its start
        return names[0] if names else None

    def _is_small(self, x: Tensor) -> bool:
        weight = self._base.weight
        return weight.dtype == x.dtype == torch.float32 and not x.is_cuda and weight.numel() <= MOST_NUMBERS

    def _made_whole(self, name: str) -> Tensor:
        """[O, I]"""
        weight = self._base.weight
        weight_O_I = weight.T if isinstance(self.base_layer, Conv1D) else weight
        a_R_I, b_O_R = self._pair(name)
        return torch.addmm(weight_O_I, b_O_R, a_R_I, alpha=self.scaling[name])

    @property
    def _base(self) -> nn.Linear:
        """Or what has a weight and a bias as that has."""
        return cast(nn.Linear, self.base_layer)

    def _pair(self, name: str) -> tuple[Tensor, Tensor]:
        """A [R, I] and B [O, R]."""
        a, b = cast(nn.Linear, self.lora_A[name]), cast(nn.Linear, self.lora_B[name])
        return a.weight, b.weight


def lighten(model: nn.Module) -> None:
    """Give the adapted layers of PEFT's plain kind this forward pass; those on 4 bits, and variants, keep theirs."""
    for module in model.modules():
        if type(module) is Linear and not module.lora_variant:
            module.__class__ = AdaptedLinear


@contextlib.contextmanager
def whole_weights(model: nn.Module) -> Generator[None]:
    """Every weight that is float32 on a CPU with its adapter in it, and every ternary one as it computes, while nothing
    trains: for the many short passes of rollouts. Weights that are divided among ranks stay as they are."""
    ternary = ternary_layers(model).values()
    for ternary_layer in ternary:
        ternary_layer.hold(True)
    layers = [layer for layer in model.modules() if isinstance(layer, AdaptedLinear)]
    with torch.no_grad():
        for layer in layers:
            name, weight = layer._chosen(), layer._base.weight
            divided = isinstance(weight, DTensor)
            if name is not None and weight.dtype == torch.float32 and not (weight.is_cuda or divided):
                layer._whole = layer._made_whole(name)
    try:
        yield
    finally:
        for ternary_layer in ternary:
            ternary_layer.hold(False)
        for layer in layers:
            layer._whole = None
