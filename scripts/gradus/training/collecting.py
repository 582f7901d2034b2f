"""The groups of completions that one step of group-relative policy optimisation learns from."""

from collections.abc import Callable
from typing import Any

from gradus.provenance.job import Job
from gradus.specs.training import GrpoSpec
from gradus.training.groups import Group, rollout_metrics
from gradus.training.problem_order import ProblemOrder
from gradus.training.step_batch import StepBatch, has_signal, step_batch

Draw = Callable[[list[int], int], list[Group]]
"""One group for each of the problems at these indices; the second argument numbers the call within the run."""


def collect(draw: Draw, order: ProblemOrder, carried: dict[str, Any]) -> tuple[StepBatch, dict[str, Any]]:
    """What a step learns from, and the metrics of everything drawn for it.

    Under dynamic sampling (DAPO, arXiv:2503.14476) problems whose answers are all right or all wrong are replaced by
    further ones, in at most max_resamples rounds.
    """
    settings = order.settings
    drawn: list[Group] = []
    kept = 0
    for _ in range(1 + settings.max_resamples * settings.dynamic_sampling):
        indices = order.next(settings.batch_size - kept, carried)
        groups = draw(indices, carried["batches"])
        carried["batches"] += 1
        drawn += groups
        kept += sum(has_signal(groups, settings.dynamic_sampling))
        if kept == settings.batch_size:
            break
    carried["collected"] += 1
    batch = step_batch(drawn, settings)
    return batch, rollout_metrics(drawn, batch.with_signal, list(settings.rewards))


def guarded_factor(job: Job[GrpoSpec], kl: float | None, factor: float, step: int) -> float:
    """The factor on the learning rate after step number `step`: `factor`, lowered where the KL is a spike."""
    guard = job.settings.kl_guard
    if not guard or kl is None or kl <= guard.threshold:
        return factor
    factor *= guard.factor
    job.log(f"step {step}: KL {kl:.3g} is a spike; learning rate times {factor:g}")
    return factor
