"""AdamW's kernels, and a state that goes on with either."""

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from gradus.training import optimizer
from gradus.training.optimizer import Optimizer, kernel_of

KERNELS = {"fused": {"fused": True, "foreach": False}, "foreach": {"fused": False, "foreach": True}}


def parameters() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return {"matrix": torch.randn(5, 3).requires_grad_(), "vector": torch.randn(4).requires_grad_()}


def stepped(made: Optimizer, steps: range) -> Optimizer:
    for step in steps:
        for parameter in made.parameters.values():
            parameter.grad = torch.cos(parameter.detach() * (step + 1))
        made.step(0.1)
    return made


def new() -> Optimizer:
    return Optimizer(parameters(), (0.9, 0.95), 0.1, 1.0)


def test_one_launch_where_all_is_on_a_gpu() -> None:
    on_gpu, on_cpu = SimpleNamespace(is_cuda=True), SimpleNamespace(is_cuda=False)
    assert kernel_of([on_gpu, on_gpu]) == KERNELS["fused"]
    assert kernel_of([on_gpu, on_cpu]) == kernel_of([on_cpu]) == KERNELS["foreach"]


@pytest.mark.parametrize("first", list(KERNELS))
@pytest.mark.parametrize("then", list(KERNELS))
def test_a_run_goes_on_with_the_kernel_of_another_machine(
    first: str, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = stepped(new(), range(6))
    monkeypatch.setattr(optimizer, "kernel_of", lambda _: KERNELS[first])
    state = {name: tensor.clone() for name, tensor in stepped(new(), range(3)).state().items()}
    monkeypatch.setattr(optimizer, "kernel_of", lambda _: KERNELS[then])
    resumed = new()
    resumed.restore(state)
    stepped(resumed, range(3, 6))
    for name, parameter in whole.parameters.items():
        torch.testing.assert_close(resumed.parameters[name], parameter, atol=1e-6, rtol=1e-6)
