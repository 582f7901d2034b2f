"""A few steps of an experiment's training, run apart: from the same start, on the same data, by the same loop, and
measured. Nothing that the experiment has made or will make is touched."""

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from gradus.models.opened import open_model
from gradus.problems.table import read_problems
from gradus.profiling.memory import forget_peak, held_bytes, peak_bytes
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.provenance.job import Job
from gradus.provenance.progress import Progress
from gradus.specs.training import DpoSpec, GrpoSpec, SftSpec, TraceTrainingSpec, TrainingSpec
from gradus.study.settings.base import MOST_STEPS
from gradus.study.settings.training import trace_weights
from gradus.traces.table import read_sets
from gradus.training.learning_rate import resolve_learning_rate

STAGES: dict[str, type[TrainingSpec]] = {"sft": SftSpec, "dpo": DpoSpec, "grpo": GrpoSpec}


@dataclass(frozen=True)
class Step:
    """One step: its wall time, tokens read and written, and bytes held after it and at most, as `memory.py` has it."""

    seconds: float
    read: int
    written: int
    held: int
    peak: int


class EnoughSteps(Exception):
    """All steps are measured; the loop need not go on."""


class MeasuredJob(Job[Any]):
    """A job that trains, whose steps are measured once `warmup` of them are done. `around` is open while they are."""

    resumes = False

    def __init__(
        self,
        spec: Path,
        paths: dict[str, list[str]],
        warmup: int,
        steps: int,
        around: AbstractContextManager[object] | None = None,
    ) -> None:
        stage = str(read_json(spec).get("stage"))
        if stage not in STAGES:
            raise GradusError(f"{spec}: a job of stage {stage} does not train; give that of an experiment that does")
        super().__init__(str(spec), {"problems": paths["data"], "reference": []} | paths, STAGES[stage])
        self.steps: list[Step] = []
        self._warmup, self._wanted = warmup, steps
        self._around, self._open = around or nullcontext(), ExitStack()

    def train(self, scratch: Path, changes: dict[str, Any]) -> list[Step]:
        """Train in a folder of its own, with these of the settings changed. Returns the steps that were measured.

        Raises GradusError where the training ends before there is one.
        """
        os.environ["WANDB_MODE"] = "disabled"
        self.settings = self.settings.model_copy(update=self._apart() | changes)
        model, state = open_model(self.files("weights")), scratch / "state"
        state.mkdir(parents=True)
        resolve_learning_rate(self, model)
        if self._warmup == 0:
            self._begin_measuring()
        try:
            with self._open:
                import_module(self.modules[0]).train(self, model, self._data(), state, scratch / "out")
        except EnoughSteps:
            pass
        if not self.steps:
            raise GradusError(
                f"{self.name}: its training ends within the {self._warmup} steps before the measured ones: lower "
                "`warmup_steps` in the study's `profiling`"
            )
        return self.steps

    def progress(self, total: int, unit: str, start: int = 0) -> Progress:
        if unit != "steps":
            return super().progress(total, unit, start)
        total = min(total, self._warmup + self._wanted)
        return _CountedSteps(self.name, total, unit, self._log, self.speaks, self._step_done)

    def _apart(self) -> dict[str, Any]:
        """What is not measured: checkpoints."""
        return {"checkpoint_every": MOST_STEPS} if isinstance(self.settings, GrpoSpec) else {}

    def _data(self) -> list[Any]:
        if isinstance(self.settings, TraceTrainingSpec):
            return read_sets(trace_weights(self.settings.traces), self.files("data"))
        return [problem for path in self.files("data") for problem in read_problems(path)]

    def _step_done(self, done: int) -> None:
        if torch.cuda.is_initialized():
            torch.cuda.synchronize()
        if done > self._warmup:
            seconds = time.monotonic() - self._step_begin
            read, written = self.tokens_in - self._tokens[0], self.tokens_out - self._tokens[1]
            self.steps.append(Step(seconds, read, written, held_bytes(), peak_bytes()))
        if done == self._warmup + self._wanted:
            self._open.close()
            raise EnoughSteps
        if done == self._warmup:
            self._begin_measuring()
        self._begin_step()

    def _begin_measuring(self) -> None:
        self._open.enter_context(self._around)
        self._begin_step()

    def _begin_step(self) -> None:
        forget_peak()
        self._tokens = self.tokens_in, self.tokens_out
        self._step_begin = time.monotonic()


class _CountedSteps(Progress):
    def __init__(
        self, name: str, total: int, unit: str, log: Any, told: bool, step_done: Callable[[int], None]
    ) -> None:
        super().__init__(name, total, unit, log, told=told)
        self._step_done = step_done

    def update(self, count: int = 1, **metrics: float) -> None:
        super().update(count, **metrics)
        self._step_done(self.done)
