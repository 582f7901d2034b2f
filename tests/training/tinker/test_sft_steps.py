"""SFT on the service over several steps: what is trained with, and what is told of it, by an exact service."""

from pathlib import Path
from typing import Any

import pytest
import torch
from fake_policy import Pass, PolicyService, serve
from tiny import job_of, traces

from gradus.models.tokenizer import load_tokenizer
from gradus.training.examples import training_rows
from gradus.training.order import epoch_order
from gradus.training.tinker import sft
from gradus.training.tinker.start import Start
from model_folders import model_of

SETTINGS: dict[str, Any] = {
    "service": {"model": "m"},
    "batch_size": 4,
    "epochs": 3,
    "held_out_share": 0.2,
    "learning_rate": 0.05,
    "schedule": "linear",
    "warmup_share": 0.25,
    "seed": 3,
}
TRACES = 13


class Run:
    """One training of 3 epochs of 3 steps, the last of each with fewer rows."""

    def __init__(self, root: Path, model: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
        self.fake = PolicyService(load_tokenizer(model.parent).get_vocab_size())
        serve(self.fake, monkeypatch)
        self.job = job_of(root, "sft_custom", {"log": [str(root / "log.txt")]}, **SETTINGS, **changes)
        self.rows, self.held_out = training_rows(self.job, traces(TRACES), Start(model_of(model)))
        self.out = root / "out"
        self.recorded = sft.train(self.job, model_of(model), traces(TRACES), self.job.state_folder(), self.out)
        self.steps = [row for row in self.recorded if "loss" in row]


@pytest.fixture
def run(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(tmp_path, model, monkeypatch)


def mean_loss(of: Pass, examples: list[Any], logits: torch.Tensor | None = None) -> float:
    """Of the assistant's tokens, by the examples' own masks."""
    logprobs = (of.logits if logits is None else logits).log_softmax(-1)
    losses = [-logprobs[i].item() for ids, mask in examples for i, learned in zip(ids[1:], mask[1:]) if learned]
    return sum(losses) / len(losses)


def batches(run: Run) -> list[list[Any]]:
    """Each epoch is an order of its own, cut into batches."""
    made = []
    for epoch in range(3):
        order = epoch_order(len(run.rows), 3, epoch)
        for at in range(0, len(order), 4):
            made.append([example for i in order[at : at + 4] for example in run.rows[i]])
    return made


def test_every_row_is_trained_on_once_an_epoch(run: Run) -> None:
    assert len(run.fake.passes) == len(batches(run)) == 9
    for of, batch in zip(run.fake.passes, batches(run), strict=True):
        assert of.loss == "cross_entropy"
        sent = [
            [*datum.model_input.to_ints(), int(datum.loss_fn_inputs["target_tokens"].data[-1])] for datum in of.data
        ]
        assert sent == [ids for ids, _ in batch]
        learned = [float(flag) for _, mask in batch for flag in mask[1:]]
        assert of.inputs("weights").tolist() == pytest.approx([flag / sum(learned) for flag in learned])
    epochs = [[ids for batch in batches(run)[at : at + 3] for ids, _ in batch] for at in (0, 3, 6)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == sorted(epochs[2])
    assert epochs[0] != epochs[1] != epochs[2]


def test_rows_of_the_record_are_those_of_their_steps(run: Run) -> None:
    assert [row["step"] for row in run.steps] == list(range(1, 10))
    assert [row["epoch"] for row in run.steps] == pytest.approx([step / 3 for step in range(1, 10)], rel=1e-5)
    for row, of, batch in zip(run.steps, run.fake.passes, batches(run), strict=True):
        assert row["loss"] == pytest.approx(mean_loss(of, batch), rel=1e-5)
        assert row["tokens"] == sum(len(ids) for ids, _ in batch)
        assert row["grad_norm"] > 0
    assert run.steps[-1]["loss"] < run.steps[0]["loss"] - 0.1
    assert run.job.tokens_in == sum(row["tokens"] for row in run.steps)


def test_schedule_and_warm_up_reach_the_service(run: Run) -> None:
    factors = [0.5, 1, 1, 6 / 7, 5 / 7, 4 / 7, 3 / 7, 2 / 7, 1 / 7]  # 2 of 9 steps warm up
    assert [adam.learning_rate for adam in run.fake.adams] == pytest.approx([0.05 * factor for factor in factors])
    assert [row["learning_rate"] for row in run.steps] == pytest.approx([0.05 * f for f in factors], rel=1e-5)


def test_the_held_out_loss_is_of_the_policy_after_its_epoch(run: Run) -> None:
    held_out = [row for row in run.recorded if "held_out_loss" in row]
    assert [row["step"] for row in held_out] == [3, 6, 9]
    passes, last = run.fake.passes, run.fake.clients[0].logits.detach()
    after = [passes[3].logits, passes[6].logits, last]
    for row, logits in zip(held_out, after, strict=True):
        assert row["held_out_loss"] == pytest.approx(mean_loss(passes[0], run.held_out, logits), rel=1e-5)
    assert [path.name for path in sorted((run.out / "checkpoints").iterdir())] == [f"step-000{n}" for n in (3, 6, 9)]


def test_a_sum_is_sent_without_a_divisor_and_a_smaller_last_batch_is_left_out(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path, model, monkeypatch, reduction="sum", drop_last=True, evaluate_every=3)
    assert len(run.rows) % 4 > 0
    kept = [batch for batch in batches(run) if len(batch) == 4]
    assert len(run.fake.passes) == len(kept) == 6
    for of, batch in zip(run.fake.passes, kept, strict=True):
        assert of.inputs("weights").tolist() == [float(flag) for _, mask in batch for flag in mask[1:]]
    for row, of, batch in zip(run.steps, run.fake.passes, kept, strict=True):
        assert row["loss"] == pytest.approx(mean_loss(of, batch), rel=1e-5)
    assert [row["step"] for row in run.recorded if "held_out_loss" in row] == [2, 3, 4, 6]
    assert [path.name for path in sorted((run.out / "checkpoints").iterdir())] == [f"step-000{n}" for n in (2, 4, 6)]


def test_everything_that_is_sent_is_paid_for(run: Run) -> None:
    sent = [charge["train"] for charge in run.fake.charges]
    held_out = sum(len(ids) for ids, _ in run.held_out)
    tokens = [sum(len(ids) for ids, _ in batch) for batch in batches(run)]
    assert sent == [*tokens[:3], held_out, *tokens[3:6], held_out, *tokens[6:], held_out]
