"""Supervised fine-tuning on the assistant's tokens of chat traces."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gradus.models.opened import ModelFolders
from gradus.provenance.job import Job
from gradus.specs.training import SftSpec
from gradus.training.batches import Example
from gradus.training.epochs import Epochs
from gradus.training.examples import training_rows
from gradus.training.learning_rate import peak_rate
from gradus.training.optimizer import Optimizer
from gradus.training.ranks import ALONE, Ranks
from gradus.training.recorder import Recorder
from gradus.training.schedule import learning_rate_factor
from gradus.training.spans import span
from gradus.training.torch.network import Policy, Weights, open_start
from gradus.training.torch.shared_state import shared_state


def summed_loss(weights: Weights, policy: Policy[Weights], examples: list[Example]) -> tuple[Tensor, int]:
    """Negative log-likelihood [1], summed over the assistant's tokens of the examples, and how many those are."""
    logprobs_M = policy.example_logprobs(weights, examples)
    return -logprobs_M.sum(), logprobs_M.numel()


def train(
    job: Job[SftSpec], model: ModelFolders, traces: list[dict[str, Any]], state_folder: Path, out: Path
) -> list[dict[str, Any]]:
    """Train on the traces, save checkpoints and the result below `out`, and return the rows of metrics.jsonl."""
    settings = job.settings
    ranks = Ranks.join()
    start = open_start(job, model, state_folder)
    policy = start.policy_of(settings)
    # The forward pass computes no padding and no example sees another, so packing only decides what a batch holds.
    rows, held_out = training_rows(job, traces, start)
    epochs = Epochs.of(settings, len(rows))
    total = epochs.steps
    warmup_steps = round(total * settings.warmup_share)

    optimizer = Optimizer.of(settings, policy.parameters)
    recorder = Recorder(job, state_folder, optimizer, total, saved=shared_state(state_folder, ranks))
    for step in recorder.steps():
        batch = [example for i in epochs.rows_of(step) for example in rows[i]]
        learned = sum(sum(mask[1:]) for _, mask in batch)
        divisor = learned if settings.reduction == "mean" else 1
        loss_sum = 0.0
        policy.begin_step(step)
        dealt = ranks.deal(policy.split_examples([len(ids) for ids, _ in batch]))
        for place, (micro, counts) in enumerate(dealt):
            policy.begin_pass(last=place == len(dealt) - 1)
            with span("forward"):
                loss, _ = summed_loss(policy.weights(), policy, [batch[i] for i in micro])
            with span("backward"):
                (loss / divisor * (ranks.count * counts)).backward()  # of which the mean over ranks is taken
            loss_sum += loss.item() * counts
        (loss_sum,) = ranks.sums(loss_sum)
        factor = learning_rate_factor(step, total, settings.schedule, warmup_steps, settings.decay_to)
        with span("optimizer_step"):
            norm = optimizer.step(peak_rate(settings) * factor)
        read = sum(len(ids) for ids, _ in batch)
        job.count_tokens(read=read)
        row = {"step": step + 1, "epoch": epochs.done_after(step), "loss": loss_sum / learned}
        row |= {"learning_rate": peak_rate(settings) * factor, "grad_norm": norm, "tokens": read}
        recorder.add(row, shown="loss")
        if held_out and epochs.measures_after(step):
            recorder.note({"step": step + 1, "held_out_loss": mean_loss(policy, held_out, ranks)})
        if epochs.ends_with(step):
            start.save(policy, out / "checkpoints" / f"step-{step + 1:04d}")
    start.save(policy, out)
    return recorder.close()


@torch.no_grad()
def mean_loss(policy: Policy, examples: list[Example], ranks: Ranks = ALONE) -> float:
    """Mean negative log-likelihood per assistant token, in nats."""
    weights = policy.weights()
    losses = tokens = 0.0
    with policy.evaluating():
        for micro, counts in ranks.deal(policy.split_examples([len(ids) for ids, _ in examples])):
            loss, learned = summed_loss(weights, policy, [examples[i] for i in micro])
            losses, tokens = losses + loss.item() * counts, tokens + learned * counts
    losses, tokens = ranks.sums(losses, tokens)
    return losses / tokens
