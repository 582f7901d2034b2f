"""AdamW a slice of a parameter at a time: for weights in bfloat16, and for moments that are kept on the host.

Both leave room on a GPU that is too small for 16 bytes a parameter. What a step needs at once is a slice of everything
in float32, whatever the parameters' sizes.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor

from gradus.provenance.seeds import derive_seed

SLICE = 1 << 24
"""Numbers of a slice: 64 MB of each tensor in float32."""

MOMENTS = ("exp_avg", "exp_avg_sq")


class SlicedAdamW(torch.optim.Optimizer):
    """As torch.optim.AdamW (arXiv:1711.05101), in float32 throughout, with its names of states. Differences:

    1. weights in bfloat16 are rounded up or down by chance, in proportion to what is nearer, so that their expectation
       is the float32 result (Gupta et al. 2015, arXiv:1502.02551; for AdamW: Zamirai et al. 2020, arXiv:2010.06192). To
       the nearest, an update of less than 1/512 of its weight is lost, and with a learning rate of 5e-7 nearly all are;
    2. where `paged`, moments are in the host's memory but for the slice that is computed: 16 bytes a parameter go over
       the bus each step.

    Chance is drawn from `seed`, the step, and which rank's share this is, so that a resumed run goes on alike.
    """

    def __init__(self, groups: list[dict[str, Any]], betas: tuple[float, float], paged: bool, seed: int) -> None:
        super().__init__(groups, {"lr": 0.0, "betas": betas, "eps": 1e-8, "weight_decay": 0.0})
        self._paged, self._seed = paged, seed

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # ty: ignore[incompatible-method-override] it calls no closure
        chance: torch.Generator | None = None
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self._state(parameter)
                state["step"] += 1
                if chance is None:
                    chance = _generator(parameter, self._seed, int(state["step"]))
                for weights, gradients, *moments in _slices(
                    parameter, parameter.grad, *(state[name] for name in MOMENTS)
                ):
                    _update(weights, gradients, moments, int(state["step"]), group, chance)
        if self._paged and torch.cuda.is_available():
            torch.cuda.synchronize()  # what goes back to the host has arrived

    def _state(self, parameter: Tensor) -> dict[str, Tensor]:
        """Of a parameter, from its first step on."""
        state = self.state[parameter]
        if not state:
            state["step"] = torch.tensor(0.0)
            for name in MOMENTS:
                like = _local(parameter) if self._paged else parameter
                moment = torch.zeros_like(like, dtype=torch.float32, device="cpu" if self._paged else None)
                state[name] = _on_host(moment) if self._paged else moment
        return state

    def page_out(self, parameter: Tensor) -> None:
        """Moments that were read from a file, if they are to be on the host."""
        state = self.state[parameter]
        for name in MOMENTS:
            if self._paged and name in state:
                state[name] = _on_host(_local(state[name]))


def divided_alike(parameter: Tensor, moment: Tensor) -> Tensor:
    """A moment for a file: where its parameter is one rank's share, it says so too."""
    if not isinstance(parameter, DTensor) or isinstance(moment, DTensor) or moment.ndim == 0:
        return moment
    return DTensor.from_local(
        moment.to(parameter.device),
        parameter.device_mesh,
        parameter.placements,
        shape=parameter.shape,
        stride=parameter.stride(),
    )


def _update(
    weights: Tensor, gradients: Tensor, moments: list[Tensor], step: int, group: dict[str, Any], chance: torch.Generator
) -> None:
    """One slice of each [n], in place."""
    beta1, beta2 = group["betas"]
    first, second = (moment.to(weights.device, non_blocking=True) for moment in moments)
    gradient, value = gradients.float(), weights.float()
    value = value * (1 - group["lr"] * group["weight_decay"])
    first.lerp_(gradient, 1 - beta1)
    second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    deviation = (second.sqrt() / (1 - beta2**step) ** 0.5).add_(group["eps"])
    value.addcdiv_(first, deviation, value=-group["lr"] / (1 - beta1**step))
    weights.copy_(value if weights.dtype == torch.float32 else stochastically_rounded(value, chance))
    for moment, new in zip(moments, (first, second), strict=True):
        if moment.device != new.device:
            moment.copy_(new, non_blocking=True)


def stochastically_rounded(values: Tensor, chance: torch.Generator) -> Tensor:
    """Numbers of float32 as bfloat16, of which they are between two; the expectation is the number itself.

    A bfloat16 is the upper half of a float32: a random lower half is added, and what is then below is cut off.
    """
    below = torch.randint(1 << 16, values.shape, dtype=torch.int32, device=values.device, generator=chance)
    return ((values.view(torch.int32) + below) & -(1 << 16)).view(torch.float32).to(torch.bfloat16)


def _generator(parameter: Tensor, seed: int, step: int) -> torch.Generator:
    shard = parameter.device_mesh.get_local_rank() if isinstance(parameter, DTensor) else 0
    generator = torch.Generator(parameter.device)
    return generator.manual_seed(derive_seed(seed, "rounding", step, shard))


def _slices(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Views of the same numbers of each."""
    weights, gradients, *moments = map(_local, tensors)
    flat = [weights.view(-1), gradients.reshape(-1), *(moment.view(-1) for moment in moments)]
    for begin in range(0, len(flat[0]), SLICE):
        yield tuple(tensor[begin : begin + SLICE] for tensor in flat)


def _local(tensor: Tensor) -> Tensor:
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def _on_host(tensor: Tensor) -> Tensor:
    """In memory that copies to and from a GPU need not wait for."""
    if torch.cuda.is_available() and not tensor.is_pinned():
        return tensor.cpu().pin_memory()
    return tensor.cpu()
