"""The seeds of a study: from its one seed, by what they are for and the names of whatever they are for.

A `seed` in the study file takes the place of a name, so that a renamed experiment keeps its seeds by its former name;
`common_seed` leaves the names of experiments out.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.provenance.seeds import derive_seed
from gradus.study.asked import drawn_for
from gradus.study.replicates import FIRST_SEED, Replicates
from gradus.study.schema import Study
from gradus.study.settings.base import SeedOf
from gradus.study.settings.models import MadeModel
from gradus.study.settings.traces import JudgedTraces
from gradus.study.verifiers import rows
from gradus.study.votes import voted_cells, voted_sets
from gradus.study.writers import pass_rate_filter

SEEDS_FILE = "seeds.json"
"""In a study's folder: the seeds that it has, derived or set."""


class _Seeded(Protocol):
    """Settings of which seeds are derived."""

    @property
    def seed(self) -> SeedOf | None: ...


def _in_place_of(name: str, settings: _Seeded) -> str:
    return name if settings.seed is None else str(settings.seed)


@dataclass(frozen=True)
class Seeds:
    """The same wherever a thing is in the study file."""

    study: Study

    def model(self, name: str) -> int:
        """Of a pretraining."""
        model = self.study.models[name]
        assert isinstance(model, MadeModel)  # nothing is drawn for the others
        return self._derive("models", _in_place_of(name, model))

    @property
    def tokenizer(self) -> int:
        """Of the text that tokenizers are made from: for all models alike, as same world, same vocabulary."""
        return self._derive("tokenizer")

    def problems(self, name: str) -> int:
        return self._derive("problems", _in_place_of(name, self.study.problems[name]))

    def vote_problems(self, name: str) -> int:
        """Of the draw of a problem set that votes are taken on."""
        return self._derive("votes", "problems", _in_place_of(name, self.study.problems[name]))

    def pass_rates(self, name: str) -> int:
        """Of the answers that a problem set is chosen by."""
        return self._derive("pass_rates", _in_place_of(name, self.study.problems[name]))

    def traces(self, name: str) -> int:
        return self._derive("traces", _in_place_of(name, self.study.traces[name]))

    def judged_traces(self, name: str) -> int:
        """Of the choice among the verdicts on a teacher's completions."""
        return self._derive("judge", _in_place_of(name, self.study.traces[name]))

    def training(self, experiment: str, seed: int = FIRST_SEED) -> int:
        """Of an experiment's training run of one of its `seeds`. The first one's is that of an experiment with one."""
        run = () if seed == FIRST_SEED else ("seed", str(seed))
        return self._derive("experiments", *self.of_experiment(experiment), *run)

    def samples(self, experiment: str, benchmark: str) -> int:
        """Of all runs of an experiment, so that they differ by their training alone."""
        return self._derive("samples", *self._cell(experiment, benchmark))

    def vote_samples(self, experiment: str, benchmark: str) -> int:
        return self._derive("votes", *self._cell(experiment, benchmark))

    def vote_count(self, experiment: str, benchmark: str) -> int:
        return self._derive("count", *self._cell(experiment, benchmark))

    def of_experiment(self, name: str) -> tuple[str, ...]:
        """What stands for an experiment in its seeds; nothing where the study has one seed for all."""
        experiment = self.study.experiments[name]
        return () if experiment.seed is None and self.study.common_seed else (_in_place_of(name, experiment),)

    def of_benchmark(self, name: str) -> str:
        return _in_place_of(name, self.study.benchmarks[name])

    def _cell(self, experiment: str, benchmark: str) -> tuple[str, ...]:
        return (*self.of_experiment(experiment), self.of_benchmark(benchmark))

    def _derive(self, *names: str) -> int:
        return derive_seed(self.study.seed, *names)


def write_seeds(study: Study, folder: Path) -> None:
    """Keep in the study's folder what every seed is, and what it was derived from."""
    write_json(folder / SEEDS_FILE, seeds_record(study))


def recorded_seeds(folder: Path) -> dict[str, dict[str, str]]:
    """What had the place of names when a study's folder was last built in: by kind and name. Empty where none is kept,
    as of a build by an earlier release."""
    try:
        record = read_json(folder / SEEDS_FILE)
    except (FileNotFoundError, GradusError):
        return {}
    kinds = {kind: of for kind, of in record.items() if isinstance(of, dict)}
    return {kind: {name: one["seed"] for name, one in of.items()} for kind, of in kinds.items()}


def seeds_record(study: Study) -> dict[str, Any]:
    """By kind and name: `seed` as it is set, or the name that it defaults to, and the numbers that come of it."""
    seeds, voted = Seeds(study), voted_cells(study)
    sets, measured = voted_sets(study) if study.votes.problems is not None else [], rows(study)
    experiments = {}
    for name in study.experiments:
        runs = Replicates(study).runs(name)
        experiments[name] = {
            "seed": next(iter(seeds.of_experiment(name)), None),
            "training": {
                run.name: seeds.training(name, run.seed) for run in runs if study.experiments[name].stage != "none"
            },
            "samples": {b: seeds.samples(name, b) for b in drawn_for(study, name)} if name in measured else {},
            "votes": {b: seeds.vote_samples(e, b) for e, b in voted if e == name},
        }
    return {
        "seed": study.seed,
        "common_seed": study.common_seed,
        "models": {
            name: {"seed": _in_place_of(name, model), "pretraining": seeds.model(name)}
            for name, model in study.models.items()
            if isinstance(model, MadeModel)
        },
        "problems": {
            name: {"seed": _in_place_of(name, problems), "drawing": seeds.problems(name)}
            | ({"votes": seeds.vote_problems(name)} if name in sets else {})
            | ({"answers": seeds.pass_rates(name)} if pass_rate_filter(problems) is not None else {})
            for name, problems in study.problems.items()
        },
        "traces": {
            name: {"seed": _in_place_of(name, traces), "drawing": seeds.traces(name)}
            | ({"judging": seeds.judged_traces(name)} if isinstance(traces, JudgedTraces) else {})
            for name, traces in study.traces.items()
        },
        "benchmarks": {name: {"seed": seeds.of_benchmark(name)} for name in study.benchmarks},
        "experiments": experiments,
    }
