"""Supervised fine-tuning by TRL's SFTTrainer, on rows that are tokens already."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor
from torch.utils.data import Sampler
from trl import SFTTrainer

from gradus.models.nf4 import without_dropout
from gradus.models.opened import ModelFolders
from gradus.models.quiet import quiet
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.specs.training import SftSpec
from gradus.training.batches import Example, by_length
from gradus.training.causal_lm import Loaded, kept_in_float32, load
from gradus.training.epochs import Epochs
from gradus.training.examples import training_rows
from gradus.training.rows import IGNORED_LABEL, collated, packed_rows, see_each_other
from gradus.training.trl.arguments import sft_arguments
from gradus.training.trl.epochs import MAX_HELD_OUT_TOKENS, EpochCallback, EpochOrder
from gradus.training.trl.run import Run, TrainerBase
from gradus.training.trl.run import train as run_trainer
from gradus.training.trl.schedule import LearningRateSchedule


class SftTrainer(TrainerBase, SFTTrainer):
    """TRL's trainer on rows of one example, or of several that do not see each other where `packing` is set."""

    def __init__(self, loaded: Loaded[SftSpec], rows: list[list[Example]], state_folder: Path) -> None:
        settings = loaded.settings
        self.rows, self.settings = rows, settings
        self.epochs = Epochs.of(settings, len(rows))
        self.schedule = LearningRateSchedule(settings, self.epochs.steps)
        self.losses: list[float] = []
        self.read = 0
        """Tokens since the last step."""
        with kept_in_float32(loaded.model):
            super().__init__(
                model=loaded.model,
                args=sft_arguments(settings, state_folder),
                train_dataset=Dataset.from_dict({"row": list(range(len(rows)))}),
                processing_class=loaded.processor,
                data_collator=lambda items: self.batch([rows[item["row"]] for item in items]),
            )
        if settings.packing and see_each_other(self.logits):
            family = self.model.config.model_type
            raise GradusError(f"packing: true: in a {family} packed traces see each other; set packing: false")

    def batch(self, rows: list[list[Example]]) -> dict[str, Tensor]:
        """The rows of a micro-batch as the model reads them."""
        return packed_rows(rows) if self.settings.packing else collated([example for (example,) in rows])

    def logits(self, batch: dict[str, Tensor]) -> Tensor:
        """Logits [B, T, vocabulary] of rows as `batch` makes them, without dropout."""
        without_dropout(self.model)
        inputs = {name: tensor for name, tensor in batch.items() if name not in ("labels", "tokens")}
        with torch.no_grad(), self.compute_loss_context_manager():
            logits = self.model(**self._prepare_inputs(inputs), use_cache=False).logits
        self.model.train()
        return logits

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler:
        lengths = [sum(len(ids) for ids, _ in row) for row in self.rows]
        return EpochOrder(self, self.epochs, lengths)

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        inputs = dict(inputs)
        self.read += int(inputs.pop("tokens").sum())
        found = super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        loss, *outputs = found if return_outputs else (found,)
        self.losses.append(float(loss.detach()))
        if self.settings.reduction == "sum":
            loss = loss * num_items_in_batch  # by which TRL has divided
        return (loss, *outputs) if return_outputs else loss

    @torch.no_grad()
    def mean_loss(self, examples: Sequence[Example]) -> float:
        """Mean negative log-likelihood per assistant token, in nats."""
        without_dropout(self.model)
        total = count = 0.0
        for micro in by_length([len(ids) for ids, _ in examples], MAX_HELD_OUT_TOKENS):
            batch = self._prepare_inputs(collated([examples[i] for i in micro]))
            learned = int((batch["labels"] != IGNORED_LABEL).sum())
            with self.compute_loss_context_manager():
                del batch["tokens"]
                total += float(super().compute_loss(self.model, batch)) * learned
            count += learned
        self.model.train()
        self._metrics["eval"].clear()
        return total / count


class _SftCallback(EpochCallback[SftSpec]):
    trainer: SftTrainer

    def step_metrics(self) -> dict[str, float]:
        loss, self.trainer.losses = sum(self.trainer.losses), []
        self.trainer._metrics["train"].clear()
        return {"loss": loss}

    def held_out_metrics(self) -> dict[str, float]:
        return {"held_out_loss": self.trainer.mean_loss(self.held_out)}


def train(
    job: Job[SftSpec], model: ModelFolders, traces: list[dict[str, Any]], state_folder: Path, out: Path
) -> list[dict[str, Any]]:
    """Train on the traces, save checkpoints and the result below `out`, and return the rows of metrics.jsonl."""
    quiet(job.optional("log"))
    loaded = load(model, job.settings, state_folder)
    rows, held_out = training_rows(job, traces, loaded)
    trainer = SftTrainer(loaded, rows, state_folder)
    run = Run(job, state_folder, trainer.epochs.steps)
    metrics = run_trainer(trainer, _SftCallback(run, trainer, loaded, held_out, out))
    loaded.save(out)
    return metrics
