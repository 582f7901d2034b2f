"""AdamW in slices: torch's own numbers, no small update lost in bfloat16, moments on the host, and resuming."""

from typing import Any

import pytest
import torch
from torch import Tensor

from gradus.training import sliced_adamw
from gradus.training.optimizer import Optimizer
from gradus.training.sliced_adamw import SlicedAdamW, stochastically_rounded

BETAS = (0.9, 0.999)


def parameters(dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    torch.manual_seed(0)
    made = {"matrix": torch.randn(7, 5), "vector": torch.randn(11)}
    return {name: value.to(dtype).requires_grad_() for name, value in made.items()}


def optimizer(held: dict[str, Tensor], **kwargs: Any) -> Optimizer:
    return Optimizer(held, BETAS, 0.01, 1.0, **kwargs)


def train(held: dict[str, Tensor], made: Optimizer, steps: range, learning_rate: float = 1e-2) -> None:
    for step in steps:
        generator = torch.Generator().manual_seed(step)
        for parameter in held.values():
            parameter.grad = torch.randn(parameter.shape, generator=generator).to(parameter.dtype)
        made.step(learning_rate)


def test_paged_moments_give_the_numbers_of_torchs_adamw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sliced_adamw, "SLICE", 4)  # several slices, the last one short
    plain, paged = parameters(), parameters()
    train(plain, optimizer(plain), range(20))
    train(paged, made := optimizer(paged, paged=True), range(20))
    assert isinstance(made._optimizers[0], SlicedAdamW)
    for name, value in plain.items():
        assert torch.allclose(paged[name], value, atol=1e-7, rtol=1e-6), name


def test_moments_of_bfloat16_weights_are_float32() -> None:
    held = parameters(torch.bfloat16)
    train(held, made := optimizer(held), range(2))
    moments = {name: value.dtype for name, value in made.state().items() if name.startswith("exp_avg")}
    assert len(moments) == 4
    assert set(moments.values()) == {torch.float32}
    assert {value.dtype for value in held.values()} == {torch.bfloat16}


def test_updates_far_below_a_rounding_step_add_up() -> None:
    """1,000 updates of a thousandth of the step between neighbours, which to the nearest would all be lost."""
    ulp = 2.0**-7
    weights = torch.ones(20_000, dtype=torch.bfloat16).requires_grad_()
    nearest = weights.detach().clone()
    made = Optimizer({"weights": weights}, BETAS, 0.0, max_grad_norm=1e9)
    for _ in range(1000):
        weights.grad = -torch.ones_like(weights)  # AdamW's update is then the learning rate
        made.step(ulp / 1000)
        nearest += torch.tensor(ulp / 1000)
    assert (nearest == 1).all()
    assert float(weights.detach().float().mean()) == pytest.approx(1 + ulp, abs=0.02 * ulp)


def test_training_in_bfloat16_comes_where_float32_does() -> None:
    """Least squares with updates below half the rounding step of the weights."""

    def loss_after(dtype: torch.dtype, nearest: bool) -> float:
        torch.manual_seed(1)
        inputs, solution = torch.randn(64, 16), torch.rand(16) / 3 + 1.1
        weights = torch.ones(16, dtype=dtype).requires_grad_()
        made = Optimizer({"weights": weights}, BETAS, 0.0, max_grad_norm=1e9)
        if nearest:
            made._optimizers = [torch.optim.AdamW([weights], lr=0.0, betas=BETAS, weight_decay=0.0)]
        for _ in range(1000):
            loss = (inputs @ (weights.float() - solution)).square().mean()
            loss.backward()
            made.step(1e-3)
        return loss.item()

    exact, rounded, lost = (
        loss_after(torch.float32, False),
        loss_after(torch.bfloat16, False),
        loss_after(torch.bfloat16, True),
    )
    assert exact < 1e-3
    assert rounded < 5e-3
    assert lost > 0.1


def test_rounding_is_to_a_neighbour_and_right_on_average() -> None:
    values = torch.tensor([1 + 0.3 * 2**-7, -(1 + 0.3 * 2**-7), 3.0, 0.0, 1e-30]).repeat(4000, 1)
    rounded = stochastically_rounded(values.clone(), torch.Generator().manual_seed(0))
    assert rounded.dtype == torch.bfloat16
    assert set(rounded[:, 0].float().tolist()) == {1.0, 1 + 2**-7}
    assert set(rounded[:, 1].float().tolist()) == {-1.0, -(1 + 2**-7)}
    assert (rounded[:, 2:4] == values[:, 2:4]).all()  # which bfloat16 holds
    assert torch.allclose(rounded.float().mean(0), values[0], atol=2**-7 * 0.05)


@pytest.mark.parametrize(("dtype", "paged"), [(torch.bfloat16, False), (torch.bfloat16, True), (torch.float32, True)])
def test_a_resumed_run_has_the_same_bytes(dtype: torch.dtype, paged: bool) -> None:
    whole = parameters(dtype)
    train(whole, optimizer(whole, paged=paged, seed=5), range(6))
    first = parameters(dtype)
    train(first, before := optimizer(first, paged=paged, seed=5), range(3))
    second = {name: torch.zeros_like(value).requires_grad_() for name, value in first.items()}
    after = optimizer(second, paged=paged, seed=5)
    after.restore(before.state())
    train(second, after, range(3, 6))
    assert all(torch.equal(second[name], value) for name, value in whole.items())


def test_another_seed_rounds_otherwise() -> None:
    made = {}
    for seed in (1, 2):
        held = made[seed] = parameters(torch.bfloat16)
        train(held, optimizer(held, seed=seed), range(3), learning_rate=1e-4)
    assert not torch.equal(made[1]["matrix"], made[2]["matrix"])
