"""A training run as the job sees it: metrics, progress, checkpoints to resume from; and what all trainers share."""

import json
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Generic

import torch
from peft import PeftModel, set_peft_model_state_dict
from safetensors.torch import load_file
from torch.optim.lr_scheduler import LambdaLR
from transformers import PreTrainedModel, Trainer, TrainerCallback

from gradus.provenance.files import read_json, write_text
from gradus.provenance.job import Job
from gradus.specs.training import T
from gradus.training.recording import Recording, SaveTimer
from gradus.training.spans import span
from gradus.training.trl.schedule import LearningRateSchedule


class Run(Recording, Generic[T]):
    """Rows of metrics.jsonl, and which of the trainer's checkpoints in the state folder is complete.

    `state.json` names the checkpoint, and holds the rows up to it and what the loop carries from step to step beside
    what the trainer saves (`carried`, JSON values; the argument is that of a fresh run). It is replaced only after the
    checkpoint is written, so a kill at any moment leaves the old pair or the new one.
    """

    def __init__(self, job: Job[T], folder: Path, total: int, carried: dict[str, Any] | None = None) -> None:
        self.job, self.save_timer, self.carried = job, SaveTimer(job), carried or {}
        self._folder, self._file = folder, folder / "state.json"
        self.checkpoint: Path | None = None
        done, rows = 0, []
        if self._file.is_file():
            state = read_json(self._file)
            rows, done, self.checkpoint = state["metrics"], state["step"], folder / state["checkpoint"]
            self.carried = state["carried"]
        self._drop_others()
        super().__init__(job, total, done, rows)

    def saved(self, name: str, step: int, begin: float) -> None:
        """Note that a checkpoint that was started at `begin` (time.monotonic) is complete."""
        state = {"checkpoint": name, "step": step, "metrics": self.rows, "carried": self.carried}
        write_text(self._file, json.dumps(state))
        self.checkpoint = self._folder / name
        self._drop_others()
        self.job.keep_time()
        self.save_timer.saved(begin)

    def _drop_others(self) -> None:
        for folder in self._folder.glob("checkpoint-*"):
            if folder != self.checkpoint:
                shutil.rmtree(folder)


class TrainerBase(Trainer):
    """What the backend's trainers share besides TRL's own: `schedule`, `grad_norm` and what they leave out.

    model, optimizer: as transformers has them, which declares that they may be None, as they are in no callback.
    """

    model: PreTrainedModel
    optimizer: torch.optim.Optimizer
    schedule: LearningRateSchedule
    grad_norm = 0.0
    """Norm of the last step's gradient before it was clipped."""

    def create_optimizer(self, model: torch.nn.Module | None = None) -> torch.optim.Optimizer:
        optimizer = super().create_optimizer(model)
        stepping = ExitStack()

        def begin(*_: object) -> None:
            stepping.enter_context(span("optimizer_step"))

        optimizer.register_step_pre_hook(begin)
        optimizer.register_step_post_hook(lambda *_: stepping.close())
        return optimizer

    def create_accelerator_and_postprocess(self) -> None:
        super().create_accelerator_and_postprocess()
        self.accelerator.backward = _as_backward(self.accelerator.backward)

    def compute_loss(self, *arguments: Any, **named: Any) -> Any:
        with span("forward"):
            return super().compute_loss(*arguments, **named)

    def create_scheduler(self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None) -> LambdaLR:
        self.lr_scheduler = LambdaLR(optimizer or self.optimizer, self.schedule)
        return self.lr_scheduler

    def _clip_grad_norm(self, model: torch.nn.Module) -> torch.Tensor:
        norm = super()._clip_grad_norm(model)
        self.grad_norm = float(norm)
        return norm

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: torch.nn.Module | None = None) -> None:
        """transformers 5.17 leaves the trained adapter as it is where a frozen one for reference lies beside it."""
        model = model or self.model
        if isinstance(model, PeftModel):
            weights = load_file(Path(resume_from_checkpoint, "adapter_model.safetensors"))
            set_peft_model_state_dict(model, weights, adapter_name="default")
        else:
            super()._load_from_checkpoint(resume_from_checkpoint, model)

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """Checkpoints to resume from need none."""

    def _send_telemetry(self) -> None:
        """Nothing is sent anywhere."""


def _as_backward(backward: Callable[..., None]) -> Callable[..., None]:
    def within_range(*arguments: Any, **named: Any) -> None:
        with span("backward"):
            backward(*arguments, **named)

    return within_range


class StepCallback(TrainerCallback, Generic[T]):
    """Saves when it is due; a stage adds in `batch_done` what else happens at the end of a batch.

    per_batch: optimizer steps on each batch. A state between them could not be resumed from: the batch would be gone.
    """

    def __init__(self, run: Run[T], total: int, per_batch: int = 1) -> None:
        self.run, self.total, self.per_batch = run, total, per_batch
        self._begin = 0.0

    def batch_done(self, step: int) -> None:
        """After the batch `step`, counted from 1."""

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        batch, within = divmod(state.global_step, self.per_batch)
        if within == 0:
            self.batch_done(batch)
            if self.run.save_timer.is_due() and batch < self.total:
                self._begin = time.monotonic()
                control.should_save = True

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        batch = state.global_step // self.per_batch
        self.run.saved(f"checkpoint-{state.global_step}", batch, self._begin)
        self.run.job.stop_signal.reached(f"step {batch} of {self.total}")


def train(trainer: TrainerBase, steps: StepCallback[T]) -> list[dict[str, Any]]:
    """Train from where the run is to its end. Returns all rows, those from before a kill included.

    Raises Stopped between two batches where the job was asked to end.
    """
    trainer.callback_handler.callbacks = []  # among them one that prints every metric, and one that logs on networks
    from transformers.trainer_callback import DefaultFlowCallback

    trainer.add_callback(DefaultFlowCallback())
    trainer.add_callback(steps)
    checkpoint = steps.run.checkpoint
    with steps.run.job.stop_signal.deferring():
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    return steps.run.close()
