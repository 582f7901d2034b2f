"""How long is left while a build runs: the estimate, corrected by what its jobs have taken so far."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gradus.estimates.build_time import BuildTime
from gradus.estimates.schedule import Task, wall_seconds

TRUSTED = 20.0
"""Seconds of finished work at which what was taken counts as much as what was expected."""

LEAST_LEFT = 0.05
"""Of a running job's time, where it has taken longer than expected already."""


@dataclass(frozen=True)
class Progress:
    """Seconds by the names of jobs: `taken` of those that are done, `running` so far."""

    taken: Mapping[str, float]
    running: Mapping[str, float]


def seconds_left(build: BuildTime, progress: Progress) -> float:
    """Until the build is done."""
    stages = {job.name: job.stage for job in build.jobs}
    done = [task for task in build.tasks if task.name in progress.taken]
    overall = _ratio(done, progress.taken, 1.0)
    ratios = {
        stage: _ratio([task for task in done if stages[task.name] == stage], progress.taken, overall)
        for stage in set(stages.values())
    }
    loaded = {task.loads for task in build.tasks if task.name in progress.taken or task.name in progress.running}
    left = []
    for task in build.tasks:
        if task.name in progress.taken:
            continue
        ratio, spent = ratios[stages[task.name]], progress.running.get(task.name)
        load = 0.0 if task.loads in loaded and task.loads else task.load_seconds
        seconds = ratio * task.seconds
        if spent is not None:
            seconds = max(seconds - spent, LEAST_LEFT * seconds)
        left.append(replace(task, seconds=seconds, load_seconds=ratio * load, runs=spent is not None))
    return wall_seconds(left, build.capacity.limits)


def _ratio(done: Iterable[Task], taken: Mapping[str, float], before: float) -> float:
    """Of what jobs took to what was expected; `before` is what it is without them."""
    expected = real = 0.0
    for task in done:
        expected += task.seconds
        real += taken[task.name]
    return (real + TRUSTED * before) / (expected + TRUSTED)
