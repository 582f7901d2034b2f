"""Supervised fine-tuning by TRL's SFTTrainer, on rows that are tokens already."""

from collections.abc import Iterator
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
from gradus.training.batches import Example, batched, by_length, epoch_order
from gradus.training.causal_lm import Loaded, kept_in_float32, load
from gradus.training.examples import training_rows
from gradus.training.rows import IGNORED_LABEL, collated, packed_rows, see_each_other
from gradus.training.trl.arguments import sft_arguments
from gradus.training.trl.run import Run, StepCallback, TrainerBase
from gradus.training.trl.run import train as run_trainer
from gradus.training.trl.schedule import LearningRateSchedule

MAX_HELD_OUT_TOKENS = 4096
"""Tokens of a pass over held-out traces."""


class SftTrainer(TrainerBase, SFTTrainer):
    """TRL's trainer on rows of one example, or of several that do not see each other where `packing` is set."""

    def __init__(self, loaded: Loaded[SftSpec], rows: list[list[Example]], state_folder: Path) -> None:
        settings = loaded.settings
        self.rows, self.settings = rows, settings
        self.steps_per_epoch = -(-len(rows) // settings.batch_size)
        self.total = self.steps_per_epoch * settings.epochs
        self.schedule = LearningRateSchedule(settings, self.total)
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
        return _Order(self)

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        inputs = dict(inputs)
        self.read += int(inputs.pop("tokens").sum())
        loss = super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        self.losses.append(float((loss[0] if return_outputs else loss).detach()))
        return loss

    @torch.no_grad()
    def mean_loss(self, examples: list[Example]) -> float:
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


class _Order(Sampler):
    """The order of the torch backend: a shuffle for each epoch, which depends on the seed and the epoch only.

    Within an optimizer step the longest rows come first, so that micro-batches hold rows of like lengths.
    """

    def __init__(self, trainer: SftTrainer) -> None:
        self.trainer = trainer

    def __iter__(self) -> Iterator[int]:
        epoch = self.trainer.state.global_step // self.trainer.steps_per_epoch
        rows, settings = self.trainer.rows, self.trainer.settings
        for step in batched(epoch_order(len(self), settings.seed, epoch), settings.batch_size):
            yield from sorted(step, key=lambda row: sum(len(ids) for ids, _ in rows[row]), reverse=True)

    def __len__(self) -> int:
        return len(self.trainer.rows)


class _SftCallback(StepCallback[SftSpec]):
    def __init__(
        self, run: Run[SftSpec], trainer: SftTrainer, loaded: Loaded[SftSpec], held_out: list[Example], out: Path
    ) -> None:
        super().__init__(run, trainer.total)
        self.trainer, self.loaded, self.held_out, self.out = trainer, loaded, held_out, out
        self.learning_rate = 0.0

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.learning_rate = self.trainer.optimizer.param_groups[0]["lr"]

    def batch_done(self, step: int) -> None:
        trainer = self.trainer
        self.run.job.count_tokens(read=trainer.read)
        row = {"step": step, "epoch": step / trainer.steps_per_epoch, "loss": sum(trainer.losses)}
        row |= {"learning_rate": self.learning_rate, "grad_norm": trainer.grad_norm, "tokens": trainer.read}
        self.run.add(row, shown="loss")
        trainer.losses, trainer.read = [], 0
        trainer._metrics["train"].clear()
        if step % trainer.steps_per_epoch == 0:
            if self.held_out:
                self.run.note({"step": step, "held_out_loss": trainer.mean_loss(self.held_out)})
            self.loaded.save(self.out / "checkpoints" / f"step-{step:04d}")


def train(
    job: Job[SftSpec], model: ModelFolders, traces: list[dict[str, Any]], state_folder: Path, out: Path
) -> list[dict[str, Any]]:
    """Train on the traces, save checkpoints and the result below `out`, and return the rows of metrics.jsonl."""
    quiet(job.optional("log"))
    loaded = load(model, job.settings, state_folder)
    rows, held_out = training_rows(job, traces, loaded)
    trainer = SftTrainer(loaded, rows, state_folder)
    run = Run(job, state_folder, trainer.total)
    metrics = run_trainer(trainer, _SftCallback(run, trainer, loaded, held_out, out))
    loaded.save(out)
    return metrics
