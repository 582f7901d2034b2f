"""A model in training as the dense weights that it amounts to, one at a time."""

from collections.abc import Iterator

import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from torch import Tensor
from torch.distributed.tensor import DTensor

from gradus.models.ternary import ternary_layers
from gradus.training.causal_lm import Model, network_of

WRAPPED = ".base_layer"
"""Where PEFT keeps the layer that an adapter is on."""


@torch.no_grad()
def dense_weights(model: Model) -> Iterator[tuple[str, Tensor]]:
    """Names as in the model's files, and values, with the adapter that is trained added to them.

    Nothing of the model changes: to merge an adapter into weights in bfloat16 and take it out again, as PEFT does in
    place, leaves other weights. Of a model that is sharded every rank has to ask: each weight is gathered.
    """
    network = network_of(model)
    adapted = {}
    if isinstance(model, PeftModel):
        adapted = {name: layer for name, layer in network.named_modules() if isinstance(layer, LoraLayer)}
    ternary = ternary_layers(network)
    for name, parameter in network.named_parameters():
        layer, _, kind = name.rpartition(".")
        if ".lora_" in name or (layer in ternary and kind == "scale"):
            continue
        if layer in ternary and kind == "weight":
            yield name, ternary[layer].ternary()
            continue
        value = parameter.full_tensor() if isinstance(parameter, DTensor) else parameter.detach()
        wrapped = layer.removesuffix(WRAPPED)
        if wrapped in adapted and kind == "weight":
            value = (value + _update(adapted[wrapped])).to(value.dtype)
        yield f"{wrapped}.{kind}", value


def _update(layer: LoraLayer) -> Tensor:
    a, b = (part["default"].get_parameter("weight") for part in (layer.lora_A, layer.lora_B))
    a, b = (part.full_tensor() if isinstance(part, DTensor) else part for part in (a, b))
    return layer.scaling["default"] * (b @ a)
