"""Former names of experiments and benchmarks, and a study, a job or a run by them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gradus.study.replicates import others
from gradus.study.schema import Study
from gradus.study.settings.traces import SampledTraces
from gradus.study.writers import pass_rate_filter

CELLS = {"samples": "sample_benchmark", "likelihoods": "measure_likelihoods"}
"""Folders of what a model makes on a benchmark, with the stages that do."""


@dataclass(frozen=True)
class FormerNames:
    """The names in the results, by those in the study file.

    seeds: what the renamed ones' seeds were derived from in place of their names, by kind (`experiments`,
    `benchmarks`) and former name.
    """

    experiments: Mapping[str, str] = field(default_factory=dict)
    benchmarks: Mapping[str, str] = field(default_factory=dict)
    seeds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def run(self, name: str) -> str:
        """The former name of a training run, or of a model that was made of one; other models keep their names."""
        return _mapped(name, self.experiments)

    def with_experiment(self, new: str, old: str) -> "FormerNames":
        return FormerNames({**self.experiments, new: old}, self.benchmarks, self.seeds)

    def with_benchmark(self, new: str, old: str) -> "FormerNames":
        return FormerNames(self.experiments, {**self.benchmarks, new: old}, self.seeds)

    def job(self, name: str) -> str:
        """The former name of a job."""
        kind, *rest = name.split("/")
        maps = (self.experiments, self.benchmarks) if kind in ("models", *CELLS) else ()
        return "/".join([kind, *(_mapped(part, names) for part, names in zip(rest, maps)), *rest[len(maps) :]])

    @property
    def inverse(self) -> "FormerNames":
        """The present names by the former ones."""
        experiments, benchmarks = (
            {old: new for new, old in names.items()} for names in (self.experiments, self.benchmarks)
        )
        return FormerNames(experiments, benchmarks)

    def study(self, study: Study) -> Study:
        """The study with its former names."""
        experiments = {
            self.run(name): e.model_copy(
                update={key: self.run(other) for key, other in others(e)}
                | {"benchmarks": self._asked(e.benchmarks)}
                | self._seed("experiments", name, e)
            )
            for name, e in study.experiments.items()
        }
        benchmarks = {
            _mapped(name, self.benchmarks): b.model_copy(update=self._seed("benchmarks", name, b))
            for name, b in study.benchmarks.items()
        }
        traces = {
            name: t.model_copy(update={"teacher": self.run(t.teacher)}) if isinstance(t, SampledTraces) else t
            for name, t in study.traces.items()
        }
        problems = {
            name: p.model_copy(update={"keep": keep.model_copy(update={"by": self.run(keep.by)})})
            if (keep := pass_rate_filter(p)) is not None
            else p
            for name, p in study.problems.items()
        }
        voted = {"experiments": [self.run(name) for name in study.votes.experiments]}
        votes = study.votes.model_copy(update=voted | {"benchmarks": self._asked(study.votes.benchmarks)})
        changed = {"experiments": experiments, "benchmarks": benchmarks, "problems": problems, "traces": traces}
        return study.model_copy(update=changed | {"votes": votes})

    def _asked(self, benchmarks: list[str] | None) -> list[str] | None:
        return None if benchmarks is None else [_mapped(name, self.benchmarks) for name in benchmarks]

    def _seed(self, kind: str, name: str, settings: Any) -> dict[str, str]:
        """What the seeds were derived from before, where the study does not say it and it was not the name."""
        old = getattr(self, kind).get(name)
        recorded = self.seeds.get(kind, {}).get(old)
        return {"seed": recorded} if settings.seed is None and recorded not in (None, old) else {}


def _mapped(name: str, names: Mapping[str, str]) -> str:
    """Runs, checkpoints and samples for votes end in `.something` behind the name."""
    first, dot, rest = name.partition(".")
    return names.get(first, first) + dot + rest
