"""Direct preference optimisation by TRL's DPOTrainer, on pairs that are tokens already.

TRL computes the loss, and the reference is what it starts from: a frozen copy of all weights, the base without its
adapter, or a frozen copy of the adapter that a run continues. What differs from TRL alone: the loss of an optimizer
step is the mean over its pairs however they are split, the last, smaller step of an epoch included.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor
from torch.utils.data import Sampler
from trl import DPOTrainer

from gradus.models.opened import ModelFolders
from gradus.models.quiet import quiet
from gradus.provenance.job import Job
from gradus.specs.training import DpoSpec
from gradus.training.batches import by_length
from gradus.training.causal_lm import Loaded, disable_dropout, kept_in_float32, load
from gradus.training.epochs import Epochs
from gradus.training.pairs import Pair, training_pairs
from gradus.training.trl.arguments import dpo_arguments
from gradus.training.trl.epochs import MAX_HELD_OUT_TOKENS, EpochCallback, EpochOrder
from gradus.training.trl.run import Run, TrainerBase
from gradus.training.trl.run import train as run_trainer
from gradus.training.trl.schedule import LearningRateSchedule

OF_TRL = {
    "margin": "rewards/margins",
    "accuracy": "rewards/accuracies",
    "right_reward": "rewards/chosen",
    "wrong_reward": "rewards/rejected",
}
"""Our metrics by TRL's names of them."""


class Sums:
    """Loss and metrics of pairs, summed."""

    def __init__(self) -> None:
        self.pairs = 0
        self._sums = dict.fromkeys(("loss", *OF_TRL), 0.0)

    def add(self, pairs: int, means: dict[str, float]) -> None:
        self.pairs += pairs
        for name, mean in means.items():
            self._sums[name] += mean * pairs

    def means(self) -> dict[str, float]:
        return {name: value / self.pairs for name, value in self._sums.items()}


class DpoTrainer(TrainerBase, DPOTrainer):
    """seen: of the pairs since the last optimizer step."""

    def __init__(self, loaded: Loaded[DpoSpec], pairs: Sequence[Pair], state_folder: Path) -> None:
        settings = loaded.settings
        self.pairs, self.settings, self.seen, self.read = pairs, settings, Sums(), 0
        self.epochs = Epochs(len(pairs), settings.batch_size, settings.epochs, seed=settings.seed)
        self.schedule = LearningRateSchedule(settings, self.epochs.steps)
        with kept_in_float32(loaded.model):
            super().__init__(
                model=loaded.model,
                args=dpo_arguments(settings, state_folder),
                train_dataset=Dataset.from_list([pair.row() for pair in pairs]),
                processing_class=loaded.processor,
            )
        disable_dropout(self.model)
        if isinstance(self.ref_model, torch.nn.Module):
            disable_dropout(self.ref_model)

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        return dataset

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler:
        return EpochOrder(self, self.epochs, [pair.longest for pair in self.pairs])

    def _compute_loss(self, model: Any, inputs: dict[str, Tensor], return_outputs: bool = False) -> Tensor:
        loss, pairs = self._scored(model, inputs, self.seen), len(inputs["input_ids"]) // 2
        self.read += int(inputs["attention_mask"].sum())
        of_step = len(self.epochs.rows_of(self.state.global_step))
        # TRL's mean is over the pairs of a micro-batch, and over all micro-batches of the step.
        return loss * (pairs * self.current_gradient_accumulation_steps / of_step)

    def _scored(self, model: Any, inputs: dict[str, Tensor], sums: Sums) -> Tensor:
        """TRL's loss of a micro-batch, a mean, which is added to `sums` with what TRL measures beside it."""
        loss = super()._compute_loss(model, inputs, return_outputs=False)
        seen = self._metrics["train"]
        measured = {name: seen[key][-1] for name, key in OF_TRL.items()}
        sums.add(len(inputs["input_ids"]) // 2, {"loss": float(loss.detach())} | measured)
        seen.clear()
        return loss

    @torch.no_grad()
    def measure(self, pairs: Sequence[Pair]) -> dict[str, float]:
        """Loss and metrics of these pairs, with the weights as they are."""
        sums = Sums()
        for places in by_length([pair.tokens for pair in pairs], MAX_HELD_OUT_TOKENS):
            batch = self._prepare_inputs(self.data_collator([pairs[place].row() for place in places]))
            with self.compute_loss_context_manager():
                self._scored(self.model, batch, sums)
        return sums.means()


class _DpoCallback(EpochCallback[DpoSpec]):
    trainer: DpoTrainer
    shown = "margin"

    def step_metrics(self) -> dict[str, float]:
        seen, self.trainer.seen = self.trainer.seen, Sums()
        return seen.means()

    def held_out_metrics(self) -> dict[str, float]:
        measured = self.trainer.measure(self.held_out)
        return {f"held_out_{name}": measured[name] for name in ("loss", "margin", "accuracy")}


def train(
    job: Job[DpoSpec], model: ModelFolders, traces: list[dict[str, Any]], state_folder: Path, out: Path
) -> list[dict[str, Any]]:
    """Train on pairs of judged traces, save checkpoints and the result below `out`, and return the rows of
    metrics.jsonl."""
    quiet(job.optional("log"))
    loaded = load(model, job.settings, state_folder)
    pairs, held_out = training_pairs(job, traces, loaded)
    trainer = DpoTrainer(loaded, pairs, state_folder)
    run = Run(job, state_folder, trainer.epochs.steps)
    metrics = run_trainer(trainer, _DpoCallback(run, trainer, loaded, held_out, out))
    loaded.save(out)
    return metrics
