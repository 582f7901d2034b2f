"""Pretraining of a pocket model: next-token prediction on packed documents."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from gradus.corpora.documents import encoded
from gradus.models.cpu import use_one_fast_thread
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.messages import Messages
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.specs.models import PretrainSpec
from gradus.training.optimizer import Optimizer
from gradus.training.recorder import Recorder
from gradus.training.schedule import learning_rate_factor

LOWEST_SHARE = 0.1
"""Of the peak learning rate, where the decay ends unless a study says."""

PASS_TOKENS = 2048
"""Tokens of a pass forward and back: few enough to stay in one core's caches, a tenth faster than a whole batch."""


class UntrainedModel(Protocol):
    """What is pretrained: a module with a function `untrained_model` makes it, see `untrained.py`."""

    parameters: dict[str, Tensor]
    """By Hugging Face's names, differentiable."""

    def logits(self, ids_B_T: Tensor) -> Tensor:
        """Of the next token, [B, T, V]."""
        ...

    def save(self, directory: Path) -> None:
        """As a model folder, but for the tokenizer."""
        ...


def pack_documents(
    documents: Iterable[Messages], template: ChatTemplate, tokenizer: Tokenizer, rows: int, length: int
) -> torch.Tensor:
    """Chats one after the other in rows [rows, length + 1], drawing as many documents as that takes.

    Attention crosses documents, as is usual in pretraining. Raises GradusError where they have too few tokens.
    """
    needed = rows * (length + 1)
    ids: list[int] = []
    for _, found in encoded(documents, template, tokenizer):
        ids += found
        if len(ids) >= needed:
            return torch.tensor(ids[:needed]).view(rows, length + 1)
    raise GradusError(f"the documents have {len(ids):,} tokens, {needed:,} are trained on; lower steps")


def pretrain(
    job: Job[PretrainSpec], model: UntrainedModel, rows_R_T: torch.Tensor, state_folder: Path, out: Path
) -> list[dict[str, Any]]:
    """Train on `rows_R_T`, each row once, and save the model to `out`. Returns the rows of metrics.jsonl."""
    use_one_fast_thread()
    settings = job.settings
    muon = settings.optimizer == "muon_adamw"
    optimizer = Optimizer(model.parameters, (0.9, 0.95), settings.weight_decay, max_grad_norm=1.0, muon=muon)
    lowest = settings.minimum_learning_rate
    floor = LOWEST_SHARE if lowest is None else lowest / settings.learning_rate
    recorder = Recorder(job, state_folder, optimizer, settings.steps)
    for step in recorder.steps():
        batch_B_T = rows_R_T[step * settings.batch_size : (step + 1) * settings.batch_size]
        tokens = batch_B_T[:, 1:].numel()
        total = 0.0
        for part_B_T in batch_B_T.split(max(PASS_TOKENS // settings.sequence_length, 1)):
            logits_M_V = model.logits(part_B_T[:, :-1]).flatten(0, 1)
            loss = F.cross_entropy(logits_M_V, part_B_T[:, 1:].flatten(), reduction="sum") / tokens
            loss.backward()
            total += loss.item()
        factor = learning_rate_factor(step, settings.steps, "cosine", settings.warmup_steps, floor)
        norm = optimizer.step(settings.learning_rate * factor)
        recorder.add(
            {
                "step": step + 1,
                "loss": total,
                "learning_rate": settings.learning_rate * factor,
                "grad_norm": norm,
                "tokens": tokens,
            },
            shown="loss",
        )
        job.count_tokens(read=tokens)
    model.save(out)
    return recorder.close()
