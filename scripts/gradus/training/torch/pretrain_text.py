"""Pretraining on a text: next-token prediction on rows of its shards, in an order that the seed decides."""

from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from gradus.corpora.shards import Shards
from gradus.provenance.job import Job
from gradus.specs.models import PretrainTextSpec
from gradus.training.optimizer import Optimizer
from gradus.training.ranks import Ranks
from gradus.training.recorder import Recorder
from gradus.training.schedule import learning_rate_factor
from gradus.training.text_rows import TextRows, in_passes, row_order
from gradus.training.torch.pretrain import LOWEST_SHARE
from gradus.training.torch.shared_state import shared_state
from gradus.training.torch.text_network import TextNetwork


def pretrain_text(
    job: Job[PretrainTextSpec], model: PreTrainedModel, shards: Shards, folder: Path, state_folder: Path, out: Path
) -> list[dict[str, Any]]:
    """Train on the shards in `folder`, no row twice, and save the model to `out`. Returns the rows of metrics.jsonl.

    Every rank calls it; the result is that of one process but for rounding.
    """
    settings, ranks = job.settings, Ranks.join()
    network = TextNetwork(model, ranks, settings.bf16, settings.gradient_checkpointing)
    rows, held_out = (TextRows(shards, folder, split, settings.sequence_length) for split in ("train", "eval"))
    order = row_order(len(rows), settings.seed)
    job.log(f"{network.size:,} parameters, {len(rows):,} rows of {settings.sequence_length:,} tokens")
    optimizer = Optimizer(
        network.parameters,
        settings.betas,
        settings.weight_decay,
        settings.max_grad_norm,
        muon=settings.optimizer == "muon_adamw",
    )
    lowest = settings.minimum_learning_rate
    floor = LOWEST_SHARE if lowest is None else lowest / settings.learning_rate
    learned = settings.batch_size * settings.sequence_length
    recorder = Recorder(job, state_folder, optimizer, settings.steps, saved=shared_state(state_folder, ranks))
    for step in recorder.steps():
        chosen = order[step * settings.batch_size : (step + 1) * settings.batch_size].tolist()
        dealt = ranks.deal(in_passes(chosen, settings.micro_batch))
        total = torch.zeros((), dtype=torch.float64)
        for place, (part, counts) in enumerate(dealt):
            network.begin_pass(last=place == len(dealt) - 1)
            loss = network.summed_loss(rows.batch(part))
            (loss / learned * (ranks.count * counts)).backward()  # of which the mean over ranks is taken
            total = total.to(loss.device) + loss.detach().double() * counts
        (loss_sum,) = ranks.sums(total.item())
        factor = learning_rate_factor(step, settings.steps, "cosine", settings.warmup_steps, floor)
        norm = optimizer.step(settings.learning_rate * factor)
        row = {"step": step + 1, "loss": loss_sum / learned, "learning_rate": settings.learning_rate * factor}
        recorder.add(row | {"grad_norm": norm, "tokens": learned}, shown="loss")
        job.count_tokens(read=learned)
        if len(held_out) and _measures_after(step + 1, settings):
            recorder.note(
                {"step": step + 1, "held_out_loss": mean_loss(network, held_out, settings.micro_batch, ranks)}
            )
    network.save(out)
    return recorder.close()


def _measures_after(step: int, settings: PretrainTextSpec) -> bool:
    every = settings.evaluate_every
    return step == settings.steps or (every is not None and step % every == 0)


@torch.no_grad()
def mean_loss(network: TextNetwork, rows: TextRows, micro_batch: int, ranks: Ranks) -> float:
    """Mean negative log-likelihood of a token of all whole rows, in nats."""
    loss_sum = tokens = 0.0
    for part, counts in ranks.deal(in_passes(range(len(rows)), micro_batch)):
        ids = rows.batch(part)
        loss_sum += network.summed_loss(ids).item() * counts
        tokens += ids[:, 1:].numel() * counts
    loss_sum, tokens = ranks.sums(loss_sum, tokens)
    return loss_sum / tokens
