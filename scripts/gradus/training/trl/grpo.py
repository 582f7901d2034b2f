"""Reinforcement learning by TRL's GRPOTrainer, with the rewards, metrics and checkpoints of the torch backend."""

import time
from pathlib import Path
from typing import Any

from gradus.models.opened import ModelFolders
from gradus.models.quiet import quiet
from gradus.problems.problem import Problem
from gradus.problems.table import read_problems
from gradus.provenance.job import Job
from gradus.specs.training import GrpoSpec
from gradus.training.causal_lm import Loaded, load
from gradus.training.collecting import guarded_factor
from gradus.training.problem_order import ProblemOrder, fresh_carried
from gradus.training.reference import reference_of
from gradus.training.rollouts.sampler import HeldOut
from gradus.training.trl.grpo_trainer import GrpoTrainer, Totals
from gradus.training.trl.run import Run, StepCallback
from gradus.training.trl.run import train as run_trainer


def train(
    job: Job[GrpoSpec], model: ModelFolders, problems: list[Problem], state_folder: Path, out: Path
) -> list[dict[str, Any]]:
    """Train on the problems, save checkpoints and the result below `out`, and return the rows of metrics.jsonl."""
    quiet(job.optional("log"))
    loaded = load(model, job.settings, state_folder)
    measured_on = job.optional("held_out")
    held_out = HeldOut(loaded, read_problems(measured_on), job.settings) if measured_on else None
    order = ProblemOrder.of(job, problems)
    run = Run(job, state_folder, order.steps, fresh_carried())
    trainer = GrpoTrainer(loaded, problems, state_folder, held_out, run.carried, order, reference_of(job, model))
    metrics = run_trainer(trainer, _GrpoCallback(run, trainer, loaded, held_out, out))
    loaded.save(out)
    return metrics


class _GrpoCallback(StepCallback[GrpoSpec]):
    """The KL guard, the rows of metrics.jsonl, and the checkpoints that are kept."""

    def __init__(
        self, run: Run[GrpoSpec], trainer: GrpoTrainer, loaded: Loaded[GrpoSpec], held_out: HeldOut | None, out: Path
    ) -> None:
        settings = loaded.settings
        super().__init__(run, trainer.order.steps, settings.updates_per_batch)
        self.trainer, self.loaded, self.held_out, self.out = trainer, loaded, held_out, out
        self.settings = settings
        self.row: dict[str, Any] = {}
        self.learning_rate, self.batch_begin = 0.0, 0.0

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.trainer.totals = Totals()
        if state.global_step % self.per_batch == 0:
            self.batch_begin = time.monotonic()

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.learning_rate = self.trainer.optimizer.param_groups[0]["lr"]
        self.row = self.trainer.step_metrics() | {"grad_norm": self.trainer.grad_norm}

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Comes before the scheduler takes the next learning rate."""
        step, within = divmod(state.global_step + 1, self.per_batch)
        if within == 0:
            schedule = self.trainer.schedule
            schedule.guard = guarded_factor(self.run.job, self.row["kl"], schedule.guard, step)

    def batch_done(self, step: int) -> None:
        trainer = self.trainer
        row = trainer.metrics | self.row
        self.run.job.count_tokens(read=row.pop("prompt_tokens"), written=row["tokens"])
        seconds = time.monotonic() - self.batch_begin
        row |= {"seconds": seconds, "rollout_seconds": trainer.rollout_seconds}
        row |= {"tokens_per_second": row["tokens"] / seconds}
        self.run.add({"step": step, "learning_rate": self.learning_rate} | row, shown="reward")
        trainer._metrics["train"].clear()
        if step % self.settings.checkpoint_every == 0:
            if self.held_out is not None:
                self.run.note({"step": step, "held_out_reward": self.trainer.rollouts.measure(self.held_out)})
            self.loaded.save(self.out / "checkpoints" / f"step-{step:04d}")
