"""Training runs: an experiment is one row of the tables, and is trained once for each of its `seeds`.

Run K of an experiment starts from run K of its parent, where the parent has several. Bases, questions and the seeds of
evaluation are the same for all runs, so that they differ by what training drew and by nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gradus.study.mistakes import Mistake
from gradus.study.settings.experiment import Experiment, Untrained

if TYPE_CHECKING:
    from gradus.study.schema import Study

FIRST_SEED = 0
"""The run of this seed has the experiment's own name and the seed that it would have alone."""
_SEED = ".seed-"


@dataclass(frozen=True)
class Run:
    """One training of an experiment, or its evaluation where nothing is trained.

    name: its place below models/, samples/ and eval/. seed: which of the experiment's `seeds`.
    """

    experiment: str
    seed: int = FIRST_SEED

    @property
    def name(self) -> str:
        return self.experiment if self.seed == FIRST_SEED else f"{self.experiment}{_SEED}{self.seed}"

    @classmethod
    def named(cls, name: str) -> "Run":
        """The run of this name, as specs give it. No experiment has a dot in its name."""
        experiment, _, seed = name.partition(_SEED)
        return cls(experiment, int(seed) if seed else FIRST_SEED)


class Replicates:
    """The runs of a study whose experiments descend from models, as `validate` has checked."""

    def __init__(self, study: "Study") -> None:
        self.study = study

    def runs(self, experiment: str) -> list[Run]:
        """Of an experiment, in the order of its seeds."""
        return [Run(experiment, seed) for seed in self.seeds(experiment)]

    def seeds(self, experiment: str) -> list[int]:
        settings = self.study.experiments[experiment]
        before = self.seeds(settings.parent) if settings.parent in self.study.experiments else [FIRST_SEED]
        if isinstance(settings, Untrained):
            return before
        chosen = settings.seeds
        if chosen is None:
            chosen = before if len(before) > 1 else self.study.seeds
        return list(range(chosen)) if isinstance(chosen, int) else chosen

    def is_trained(self, experiment: str) -> bool:
        """Whether anything is trained on the way from the model to this experiment, so that a seed matters."""
        settings: Experiment | None = self.study.experiments[experiment]
        while settings is not None and isinstance(settings, Untrained):
            settings = self.study.experiments.get(settings.parent)
        return settings is not None

    @cached_property
    def by_name(self) -> dict[str, Run]:
        """All runs by their names, in the order of the tables."""
        return {run.name: run for experiment in self.study.experiments for run in self.runs(experiment)}

    @cached_property
    def unrolled(self) -> "Study":
        """The study with every run in the place of its experiment: what is trained, sampled and scored."""
        experiments = {
            name: self.study.experiments[run.experiment].model_copy(update=self._named(run))
            for name, run in self.by_name.items()
        }
        voted = [run.name for experiment in self.study.votes.experiments for run in self.runs(experiment)]
        votes = self.study.votes.model_copy(update={"experiments": voted})
        return self.study.model_copy(update={"experiments": experiments, "votes": votes})

    def _named(self, run: Run) -> dict[str, str | None]:
        """The settings of a run's experiment that name others, by whose runs they are."""
        settings = self.study.experiments[run.experiment]
        return {key: self._run_of(name, run.seed) for key, name in others(settings)}

    def _run_of(self, name: str, seed: int) -> str:
        """Of a model or experiment the run that a run of this seed is made of."""
        if name not in self.study.experiments:
            return name
        runs = {run.seed: run for run in self.runs(name)}
        return (runs[seed] if len(runs) > 1 else next(iter(runs.values()))).name


def others(experiment: Experiment) -> Iterator[tuple[str, str]]:
    """The models or experiments whose weights a training reads, by the keys that name them."""
    for key in ("parent", "reference_model", "teacher"):
        if (name := getattr(experiment, key, None)) is not None:
            yield key, name


def seed_mistakes(study: "Study") -> Iterator[Mistake]:
    """Runs that have no run of their parent to start from. The ancestry has to be checked before."""
    replicates = Replicates(study)
    for name, settings in study.experiments.items():
        for key, other in others(settings):
            if other not in study.experiments:
                continue
            there, wanted = replicates.seeds(other), replicates.seeds(name)
            if len(there) > 1 and (lacking := [seed for seed in wanted if seed not in there]):
                how = "which it starts from" if key == "parent" else f"its {key}"
                what = f"{other!r}, {how}, is not trained with seed {lacking[0]}"
                own = settings.seeds if not isinstance(settings, Untrained) else None
                here = ("experiments", name, *(["seeds"] if own is not None else []))
                yield here, f"{what}; take of its seeds ({', '.join(map(str, there))}), or add it there"
