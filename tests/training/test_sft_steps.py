"""All steps of SFT and of pretraining on the torch backend, followed by transformers: weights and every metric."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from reference_network import Network, same, weights_after_updates
from tiny import job_of, traces
from torch import Tensor

from gradus.models.store import load_model
from gradus.specs.training import SftSpec
from gradus.training.batches import Example
from gradus.training.examples import training_rows
from gradus.training.optimizer import Optimizer
from gradus.training.order import epoch_order
from gradus.training.torch import embedded, pretrain, sft
from gradus.training.torch.embedded import Start
from gradus.training.torch.untrained import Untrained
from model_folders import model_of

SETTINGS: dict[str, Any] = {
    "method": "full",
    "epochs": 2,
    "batch_size": 3,
    "held_out_share": 0.2,
    "learning_rate": 3e-3,
    "weight_decay": 0.1,
    "max_grad_norm": 0.7,
}
COSINE = [0.5, 1.0, *(0.5 * (1 + math.cos(math.pi * n / 4)) for n in range(4))]
LINEAR = [1 / 3, 2 / 3, 1.0, 1.0, 2 / 3, 1 / 3]


def losses(network: Network, examples: list[Example]) -> Tensor:
    """Negative log-likelihood of each token that is learned."""
    rows = []
    for ids, mask in examples:
        logprobs = network.of(ids[:1], ids[1:])
        rows.append(-logprobs[torch.tensor(mask[1:])])
    return torch.cat(rows)


ALL_KEPT = {"packing": False, "reduction": "mean", "drop_last": False, "evaluate_every": None}


@pytest.mark.parametrize(
    ("schedule", "share", "rates", "changes"),
    [
        ("cosine", 0.34, COSINE, {}),
        ("linear", 0.5, LINEAR, {"reduction": "sum"}),
        ("constant", 0.0, [1.0] * 4, {"packing": True}),
        ("constant", 0.0, [1.0] * 4, {"drop_last": True, "evaluate_every": 3}),
        ("constant", 0.0, [1.0] * 6, {"evaluate_every": 2}),
    ],
)
def test_every_step_of_sft_is_the_mean_or_the_sum_over_its_batch(
    schedule: str,
    share: float,
    rates: list[float],
    changes: dict[str, Any],
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    updated = weights_after_updates(monkeypatch)
    monkeypatch.setattr(embedded, "SFT_TOKENS", 160)  # several micro-batches
    settings = SETTINGS | {"schedule": schedule, "warmup_share": share, "max_length": 162} | ALL_KEPT | changes
    job = job_of(tmp_path, "sft_custom", **settings)
    data, start = traces(10), Start(model_of(model))
    rows, held_out = training_rows(job, data, start)
    assert (sum(map(len, rows)), len(held_out)) == (8, 2)
    (tmp_path / "state").mkdir()
    found = sft.train(job, model_of(model), data, tmp_path / "state", tmp_path / "out")
    network = Network(model, job.settings)
    expected: list[dict[str, float]] = []
    per_epoch, read = len(rates) // 2, 0
    now = {name: p.detach().clone() for name, p in network.parameters.items()}
    for step, rate in enumerate(rates):
        epoch, within = divmod(step, per_epoch)
        chosen = epoch_order(len(rows), job.settings.seed, epoch)[3 * within : 3 * within + 3]
        batch = [example for index in chosen for example in rows[index]]
        tokens = sum(len(ids) for ids, _ in batch)
        network.take_up(now)
        of_tokens = losses(network, batch)
        loss = of_tokens.sum() if settings["reduction"] == "sum" else of_tokens.mean()
        row = {"step": step + 1, "epoch": (step + 1) / per_epoch, "loss": of_tokens.mean().item()}
        row |= {"learning_rate": 3e-3 * rate}
        expected.append(row | {"grad_norm": network.step(loss, 3e-3 * rate), "tokens": tokens})
        moved, now = network.distance(now), updated[step]
        assert network.distance(now) <= 1e-2 * moved
        assert network.distance(now, "model.embed") <= 0.2 * moved
        read += tokens
        every = settings["evaluate_every"]
        if within == per_epoch - 1 or (every and (step + 1) % every == 0):
            network.take_up(now)
            with torch.no_grad():
                expected.append({"step": step + 1, "held_out_loss": losses(network, held_out).mean().item()})
        if within == per_epoch - 1:
            kept = load_model(tmp_path / "out" / "checkpoints" / f"step-{step + 1:04d}")[1]
            assert same(kept, now)
    assert len(updated) == len(rates)
    assert [list(row) for row in found] == [list(row) for row in expected]
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-3)
    assert job.tokens_in == read
    assert same(load_model(tmp_path / "out")[1], now)


def test_pretraining_takes_each_row_once_at_the_rates_of_its_schedule(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[float] = []
    updated = weights_after_updates(monkeypatch)
    step = Optimizer.step

    def noted(self: Optimizer, learning_rate: float) -> float:
        rates.append(learning_rate)
        return step(self, learning_rate)

    monkeypatch.setattr(Optimizer, "step", noted)
    settings = {"steps": 6, "batch_size": 2, "learning_rate": 2e-2, "warmup_steps": 2, "weight_decay": 0.1, "seed": 3}
    job = job_of(tmp_path, "base", **settings)
    arch = Start(model_of(model)).arch
    ids = torch.randint(3, arch.vocab_size, (12, 17), generator=torch.Generator().manual_seed(0))
    (tmp_path / "state").mkdir()
    rows = pretrain.pretrain(job, Untrained(arch, job.settings.seed), ids, tmp_path / "state", tmp_path / "out")
    # Two steps of warm-up, then from the peak along a cosine towards a tenth of it.
    expected = [2e-2 * x for x in (0.5, 1.0, *(0.1 + 0.45 * (1 + math.cos(math.pi * n / 4)) for n in range(4)))]
    assert rates == pytest.approx(expected)
    assert [row["learning_rate"] for row in rows] == pytest.approx(expected, rel=1e-5)
    network = Network(model, SftSpec.model_construct(max_grad_norm=1.0, weight_decay=0.0, betas=[0.9, 0.95]))
    for number, row in enumerate(rows):
        if number:
            network.take_up(updated[number - 1])
            batch = ids[2 * number : 2 * number + 2]
            loss = network.model(batch, labels=batch).loss
            assert row["loss"] == pytest.approx(loss.item(), rel=1e-4)
            assert row["grad_norm"] == pytest.approx(network.step(loss, 0.0), rel=1e-3)
        assert row["tokens"] == 2 * 16
    assert job.tokens_in == 6 * 2 * 16
    assert same(load_model(tmp_path / "out")[1], updated[-1])
