"""Passes of a trainer of this backend over its rows: their order, and what is done after a step and after an epoch."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from torch.utils.data import Sampler
from transformers import Trainer

from gradus.specs.training import T
from gradus.training.causal_lm import Loaded
from gradus.training.epochs import Epochs
from gradus.training.trl.run import Run, StepCallback

MAX_HELD_OUT_TOKENS = 4096
"""Tokens of a pass over what is held out."""


class EpochOrder(Sampler):
    """The order of the torch backend: a shuffle for each epoch, which depends on the seed and the epoch only.

    Within an optimizer step the longest rows come first, so that micro-batches hold rows of like lengths. `lengths` are
    those of the rows, in tokens.
    """

    def __init__(self, trainer: Trainer, epochs: Epochs, lengths: Sequence[int]) -> None:
        self._trainer, self._epochs, self._lengths = trainer, epochs, lengths

    def __iter__(self) -> Iterator[int]:
        each = self._epochs.steps_each
        begin = self._trainer.state.global_step // each * each
        for step in range(begin, begin + each):
            yield from sorted(self._epochs.rows_of(step), key=lambda row: self._lengths[row], reverse=True)

    def __len__(self) -> int:
        return self._epochs.rows_each


class EpochTrainer(Protocol):
    """read: tokens since the last step."""

    epochs: Epochs
    read: int
    grad_norm: float
    optimizer: Any


class EpochCallback(StepCallback[T]):
    """After each step a row of metrics, at times one of what is held out, and after each epoch a checkpoint.

    shown: the metric beside the progress bar.
    """

    shown = "loss"

    def __init__(
        self, run: Run[T], trainer: EpochTrainer, loaded: Loaded[T], held_out: Sequence[Any], out: Path
    ) -> None:
        super().__init__(run, trainer.epochs.steps)
        self.trainer, self.loaded, self.held_out, self.out = trainer, loaded, held_out, out
        self.learning_rate = 0.0

    def step_metrics(self) -> dict[str, float]:
        """Of the step that is done; those of the next one begin anew."""
        raise NotImplementedError

    def held_out_metrics(self) -> dict[str, float]:
        """Of what is held out, with the weights as they are."""
        raise NotImplementedError

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.learning_rate = self.trainer.optimizer.param_groups[0]["lr"]

    def batch_done(self, step: int) -> None:
        trainer, epochs = self.trainer, self.trainer.epochs
        self.run.job.count_tokens(read=trainer.read)
        row: dict[str, Any] = {"step": step, "epoch": epochs.done_after(step - 1), **self.step_metrics()}
        row |= {"learning_rate": self.learning_rate, "grad_norm": trainer.grad_norm, "tokens": trainer.read}
        self.run.add(row, shown=self.shown)
        trainer.read = 0
        if self.held_out and epochs.measures_after(step - 1):
            self.run.note({"step": step, **self.held_out_metrics()})
        if epochs.ends_with(step - 1):
            self.loaded.save(self.out / "checkpoints" / f"step-{step:04d}")
