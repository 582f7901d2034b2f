"""Supervised fine-tuning on the service: cross-entropy on the assistant's tokens of chat traces.

The losses in the metrics are computed here from the log-probabilities that the service returns, as the mean per token.
"""

from functools import partial
from pathlib import Path
from typing import Any

from tinker import ForwardBackwardOutput, OptimStepResponse

from gradus.models.opened import ModelFolders
from gradus.provenance.job import Job
from gradus.specs.training import SftSpec
from gradus.training.batches import Example
from gradus.training.epochs import Epochs
from gradus.training.examples import training_rows
from gradus.training.learning_rate import peak_rate
from gradus.training.schedule import learning_rate_factor
from gradus.training.tinker.datums import sft_datum
from gradus.training.tinker.run import Run
from gradus.training.tinker.start import Start
from gradus.training.tinker.steps import adam, grad_norm, logprobs


def train(
    job: Job[SftSpec], model: ModelFolders, traces: list[dict[str, Any]], state_folder: Path, out: Path
) -> list[dict[str, Any]]:
    """Train on the traces, save checkpoints and the result below `out`, and return the rows of metrics.jsonl."""
    start = Start(model)
    rows, held_out = training_rows(job, traces, start)
    epochs = Epochs.of(job.settings, len(rows))
    run = Run(job, start, state_folder, epochs.steps)
    return run.drive(partial(_steps, run, rows, epochs, held_out, out), out)


def _steps(run: Run[SftSpec], rows: list[list[Example]], epochs: Epochs, held_out: list[Example], out: Path) -> None:
    settings, spending = run.job.settings, run.service.spending
    warmup_steps = round(run.total * settings.warmup_share)
    for step in range(run.done, run.total):
        batch = [example for i in epochs.rows_of(step) for example in rows[i]]
        tokens = sum(len(ids) for ids, _ in batch)
        run.before_step(spending.cost(run.service.model, train=tokens))
        factor = learning_rate_factor(step, run.total, settings.schedule, warmup_steps, settings.decay_to)
        divisor = sum(sum(mask[1:]) for _, mask in batch) if settings.reduction == "mean" else 1
        forward = run.client.forward_backward([sft_datum(e, divisor) for e in batch], "cross_entropy")
        optimized = run.client.optim_step(adam(settings, peak_rate(settings) * factor))
        row: dict[str, Any] = {"step": step + 1, "epoch": epochs.done_after(step), "loss": 0.0}
        row |= {"learning_rate": peak_rate(settings) * factor, "grad_norm": None, "tokens": tokens}
        row |= {"dollars": spending.charge(run.service.model, train=tokens)}
        run.pipeline.submit(f"step {step + 1}", [forward, optimized], partial(_stepped, run, batch, row))
        if held_out and epochs.measures_after(step):
            _measure(run, held_out, step + 1)
        if epochs.ends_with(step):
            run.keep(step + 1, out / "checkpoints" / f"step-{step + 1:04d}")
        elif run.save_timer.is_due():
            run.save(step + 1)


def _stepped(
    run: Run[SftSpec], batch: list[Example], row: dict[str, Any], output: ForwardBackwardOutput, step: OptimStepResponse
) -> None:
    run.job.count_tokens(read=row["tokens"])
    run.add(row | {"loss": mean_loss(batch, output), "grad_norm": grad_norm(step)}, shown="loss")


def _measure(run: Run[SftSpec], held_out: list[Example], step: int) -> None:
    tokens = sum(len(ids) for ids, _ in held_out)
    run.service.spending.charge(run.service.model, train=tokens)  # no price list says that it costs less
    future = run.client.forward([sft_datum(example, 1) for example in held_out], "cross_entropy")

    def measured(output: ForwardBackwardOutput) -> None:
        run.note({"step": step, "held_out_loss": mean_loss(held_out, output)})

    run.pipeline.submit(f"held-out loss after step {step}", [future], measured)


def mean_loss(examples: list[Example], output: ForwardBackwardOutput) -> float:
    """Mean negative log-likelihood per assistant token, in nats."""
    losses = [
        -value
        for (_, mask), row in zip(examples, logprobs(output), strict=True)
        for value, learned in zip(row, mask[1:], strict=True)
        if learned
    ]
    return sum(losses) / len(losses)
