"""A model divided among ranks by FSDP2: of each decoder layer, and of the rest, every rank holds its share of the rows.

A layer is gathered when it computes, forward and backward, and given back after. Copies of the whole are made only to
sample from and to be saved, and go when that is done.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel

from gradus.specs.training import T
from gradus.training.causal_lm import Loaded, Model, network_of
from gradus.training.ranks import Ranks

M = TypeVar("M", bound=nn.Module)
P = ParamSpec("P")
R = TypeVar("R")


def with_parameters(model: M, make: Callable[[str, Tensor], Tensor]) -> M:
    """A copy of a model in which every parameter is what `make` makes of it. Tied ones stay tied, buffers are copied
    as they are (rounded, as `model.to` would, the frequencies of RoPE turn a long text another way)."""
    made = {
        id(p): nn.Parameter(make(name, p.detach()), requires_grad=p.requires_grad)
        for name, p in model.named_parameters()
    }
    return copy.deepcopy(model, cast(dict[int, object], made))


class Sharded:
    """`parameters`: this rank's shares by name. With `bf16` they are gathered in bfloat16, whatever they are kept in,
    and gradients are averaged in float32."""

    def __init__(self, model: Model, ranks: Ranks, bf16: bool) -> None:
        self.model, self.ranks, self._bf16 = model, ranks, bf16
        self._empty = with_parameters(model, lambda _, tensor: torch.empty_like(tensor, device="meta"))
        precision = MixedPrecisionPolicy(torch.bfloat16, torch.float32) if bf16 else MixedPrecisionPolicy()
        mesh = init_device_mesh(ranks.device.type, (ranks.count,))
        for layer in _layers(network_of(model)):
            fully_shard(layer, mesh=mesh, mp_policy=precision)
        self._root = _Root(model)
        fully_shard(self._root, mesh=mesh, mp_policy=precision)
        self._device = ranks.device
        self.parameters = cast(dict[str, DTensor], dict(model.named_parameters()))

    def within(self, compute: Callable[P, R]) -> Callable[P, R]:
        """The same function, whose calls of parts of the model gather them."""

        def computed(*args: P.args, **kwargs: P.kwargs) -> R:
            found = self._root(lambda: compute(*args, **kwargs))
            if not torch.is_grad_enabled():
                # Else it is when the gradients are there, and what the root gathered would outlast the next update.
                self._module.reshard()
            return found

        return computed

    def reduce_at_last(self, last: bool) -> None:
        """Average gradients in the last pass before an update only; until then each rank keeps its own, whole."""
        self._module.set_requires_gradient_sync(last)

    def frozen(self) -> "Sharded":
        """A copy of the model as it is now, divided alike, in the precision that passes compute in."""
        rounded = with_parameters(self._empty, lambda _, tensor: tensor.to(torch.bfloat16) if self._bf16 else tensor)
        model = rounded.requires_grad_(False)
        made = Sharded(model, self.ranks, self._bf16)
        made._root._apply(lambda t: torch.empty_like(t, device=self._device) if t.is_meta else t)
        made.parameters = cast(dict[str, DTensor], dict(model.named_parameters()))
        for name, parameter in made.parameters.items():
            parameter.to_local().copy_(_detached(self.parameters[name]).to_local())
        return made

    def whole(self, dtype: torch.dtype | None = None) -> Model:
        """A copy of the model that is not divided, on this rank's device. To be called by all ranks."""
        device = self._device
        model = with_parameters(self._empty, lambda name, _: self._gathered(name, dtype)).requires_grad_(False)
        for buffer in model.buffers():
            buffer.data = buffer.data.to(device)
        return model

    def to_save(self) -> Model | None:
        """On the first rank a copy of the model on the CPU, in which what is trained has values; None on the others,
        which have to call this too."""

        def make(name: str, empty: Tensor) -> Tensor:
            if not self.parameters[name].requires_grad:
                return empty
            gathered = self._gathered(name)
            return gathered.cpu() if self.ranks.is_first else empty

        model = with_parameters(self._empty, make)
        return model if self.ranks.is_first else None

    def _gathered(self, name: str, dtype: torch.dtype | None = None) -> Tensor:
        """Cast before it is sent."""
        share = _detached(self.parameters[name])
        return (share if dtype is None else cast(DTensor, share.to(dtype))).full_tensor()

    @property
    def _module(self) -> FSDPModule:
        return cast(FSDPModule, self._root)


def _detached(parameter: DTensor) -> DTensor:
    return cast(DTensor, parameter.detach())


@dataclass(frozen=True, kw_only=True)
class DividedModel(Loaded[T]):
    """A model that ranks have divided, of which the first writes the files. All have to ask for it."""

    sharded: Sharded

    @classmethod
    def of(cls, loaded: Loaded[T], sharded: Sharded) -> "DividedModel[T]":
        return cls(**{field.name: getattr(loaded, field.name) for field in fields(loaded)}, sharded=sharded)

    def save(self, directory: Path) -> None:
        whole = self.sharded.to_save()
        if whole is not None:
            replace(self._alone(), model=whole).save(directory)
        self.sharded.ranks.wait()

    def _alone(self) -> Loaded[T]:
        return Loaded(**{field.name: getattr(self, field.name) for field in fields(Loaded)})


class _Root(nn.Module):
    """Everything is computed within its forward pass: that of the root alone gathers what belongs to no layer, such as
    embeddings and head (which may be tied, so they are in one group), and has their gradients averaged."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, compute: Callable[[], R]) -> R:
        return compute()


def _layers(network: PreTrainedModel) -> nn.ModuleList:
    """The decoder's layers, whatever the family calls them: the largest list of modules in it."""
    lists = [module for module in network.get_decoder().modules() if isinstance(module, nn.ModuleList)]
    return max(lists, key=lambda modules: sum(p.numel() for p in modules.parameters()))
