"""Which problems each step of a reinforcement learning asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradus.problems.problem import Problem
from gradus.problems.table import count_problems
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.specs.training import GrpoSpec
from gradus.training.order import epoch_order
from gradus.training.steps import steps_of


def fresh_carried() -> dict[str, Any]:
    """What a run carries from step to step, at its start: steps whose problems were drawn, how many problems that were
    by their sets, batches drawn, and the factor that KL spikes have left on the learning rate."""
    return {"collected": 0, "drawn": {}, "batches": 0, "guard": 1.0}


@dataclass(frozen=True)
class ProblemOrder:
    """Passes over problem sets, one set after another.

    sizes: of the sets by their names, in the order in which their problems are numbered, from 0 through all of them.
    steps: of the run.
    """

    settings: GrpoSpec
    sizes: Mapping[str, int]
    steps: int

    @classmethod
    def of(cls, job: Job[GrpoSpec], problems: Sequence[Problem]) -> "ProblemOrder":
        """That of a job, whose `problems` are those of all its sets. Raises GradusError where a set fills no batch and
        smaller ones are dropped."""
        sets = job.settings.sets
        counts = [len(problems)] if len(sets) == 1 else [count_problems(path) for path in job.files("problems")]
        return cls.over(job.settings, dict(zip(sets, counts, strict=True)))

    @classmethod
    def over(cls, settings: GrpoSpec, sizes: Mapping[str, int]) -> "ProblemOrder":
        """That of sets of these sizes."""
        for name, size in sizes.items():
            if settings.drop_last and size < settings.batch_size:
                raise GradusError(
                    f"problems: {name} has {size} problems, which fill no batch of {settings.batch_size}, and "
                    "drop_last leaves out smaller ones; lower batch_size, or set drop_last: false"
                )
        steps = steps_of(settings, sum(sizes.values()))
        assert steps is not None  # it is known how many problems there are
        return cls(settings, sizes, steps)

    def next(self, count: int, carried: dict[str, Any]) -> list[int]:
        """The next problems of the step that is being collected, by their numbers. `carried` goes on by them; its
        values are replaced, so that a copy of it can look ahead."""
        name = self._set_of(carried["collected"])
        drawn = carried["drawn"].get(name, 0)
        carried["drawn"] = carried["drawn"] | {name: drawn + count}
        sets = list(self.sizes)
        before = sum(self.sizes[other] for other in sets[: sets.index(name)])
        return [before + self._problem_at(place, self.sizes[name]) for place in range(drawn, drawn + count)]

    def _set_of(self, step: int) -> str:
        """The set of a step, counted from 0."""
        if isinstance(self.settings.problems, str):
            return self.settings.problems
        end = 0
        for phase in self.settings.problems:
            end += phase.steps
            if step < end:
                return phase.set
        raise IndexError(f"step {step + 1} of {end}")

    def _problem_at(self, place: int, size: int) -> int:
        """The problem of a set at a place of its endless run of passes."""
        settings = self.settings
        of_each_pass = size - size % settings.batch_size if settings.drop_last else size
        number, within = divmod(place, of_each_pass)
        return within if settings.order == "file" else epoch_order(size, settings.seed, number)[within]
