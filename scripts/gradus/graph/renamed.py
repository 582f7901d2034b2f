"""Experiments and benchmarks that have another name in the study file than in the results.

A renaming is found by the results alone: with the former name put back, the study plans exactly the job that is in the
specs of a result for which the study has no name any more. Seeds are derived from names, so the study has to state the
former one (`seed: sft`) for its results to be those of a fresh build. A build stops before it trains or samples such a
job again.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradus.graph.context import Context
from gradus.graph.former_names import CELLS, FormerNames
from gradus.graph.graph import Graph
from gradus.graph.job import Job
from gradus.graph.models import derived_model_jobs
from gradus.graph.pass_rates import pass_rate_jobs
from gradus.graph.sampling import sampling_jobs
from gradus.graph.seeds import recorded_seeds
from gradus.graph.spec_files import Fingerprints, PlannedSpecs, planned_spec, spec_text
from gradus.graph.traces import trace_jobs
from gradus.graph.training import training_jobs
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, sha256_file, write_json
from gradus.provenance.notes import read_note
from gradus.provenance.records import Damaged, read_record
from gradus.study.schema import Study

NOTE = ".renaming.json"
"""In a study's folder, while results are moved: the names, so that a stop halfway loses none."""

TRAINED = ("sft", "dpo", "grpo")
"""Stages whose specs have all that an experiment is, but for its name."""


@dataclass(frozen=True)
class Renamed:
    """`kept`: jobs whose results are there, as the study with its former names has them and as it has them now.

    `lacking`: what has to be written into the study file first, as key and value.
    """

    names: FormerNames
    kept: list[tuple[Job, Job]]
    lacking: dict[str, str]

    def lines(self, study_file: Path) -> Iterator[str]:
        """What there is, and what to do, a line for each name."""
        adopt = f"snakemake adopt --configfile {study_file}"
        for kind, names in (("experiments", self.names.experiments), ("benchmarks", self.names.benchmarks)):
            for new, old in names.items():
                key = f"{kind}.{new}"
                if key in self.lacking:
                    yield (
                        f"{study_file}: {key}: {old!r} by another name, whose results are there; to keep them write "
                        f"`seed: {self.lacking[key]}` there and run: {adopt} (to draw anew instead: `seed: {new}`)"
                    )
                else:
                    yield f"{study_file}: {key}: was {old!r}, whose results are there; to keep them run: {adopt}"


def find_renamed(graph: Graph, specs: PlannedSpecs) -> Renamed | None:
    """What was renamed since the results were made; None where nothing was. Nothing is written."""
    noted = _noted(graph)
    if not (specs.gone or noted):
        return None
    gone = _Gone(graph, specs)
    names = noted or gone.find()
    if not (names.experiments or names.benchmarks):
        return None
    kept, present = [], names.inverse
    for name, job in gone.former_jobs(names).items():
        now = graph.jobs[present.job(name)]
        if now.name in specs.changes and gone.is_result(job):
            kept.append((job, now))
    drawn_anew = any(getattr(a.settings, "seed", None) != getattr(b.settings, "seed", None) for a, b in kept)
    return Renamed(names, kept, _lacking(graph.study, names) if drawn_anew else {}) if kept else None


def note(graph: Graph, names: FormerNames) -> None:
    """Keep the names until `forget_note`."""
    write_json(Path(graph.root, NOTE), {"experiments": names.experiments, "benchmarks": names.benchmarks})


def forget_note(graph: Graph) -> None:
    Path(graph.root, NOTE).unlink(missing_ok=True)


def _noted(graph: Graph) -> FormerNames | None:
    """What a call that was stopped had begun to move."""
    noted = read_note(Path(graph.root, NOTE))
    if not noted:
        return None
    there = (graph.study.experiments, graph.study.benchmarks)
    kinds = zip((noted["experiments"], noted["benchmarks"]), there, strict=True)
    still = ({new: old for new, old in names.items() if new in now and old not in now} for names, now in kinds)
    return FormerNames(*still)


def _lacking(study: Study, names: FormerNames) -> dict[str, str]:
    """The seeds that the study does not say yet: those of former names, or what had taken their place."""
    found = {}
    for kind in ("experiments", "benchmarks"):
        for new, old in getattr(names, kind).items():
            common = kind == "experiments" and study.common_seed
            if getattr(study, kind)[new].seed is None and not common:
                found[f"{kind}.{new}"] = names.seeds.get(kind, {}).get(old) or old
    return found


class _Gone:
    """The names that results have and the study has not, and those that the study has and no result."""

    def __init__(self, graph: Graph, specs: PlannedSpecs) -> None:
        self._graph, self._codes = graph, Fingerprints()
        study, folder = graph.study, Path(graph.root, "specs")
        runs, asked = _names_of(path.relative_to(folder).with_suffix("").as_posix() for path in specs.gone)
        self.experiments = sorted(runs - study.experiments.keys() - study.models.keys())
        self.benchmarks = sorted(asked - study.benchmarks.keys())
        runs, asked = _names_of(name for name in specs.changes if not self._entry(name).is_file())
        made_runs, made_asked = _names_of(name for name in graph.jobs if self._entry(name).is_file())
        self.new_experiments = [name for name in study.experiments if name in runs - made_runs]
        self.new_benchmarks = [name for name in study.benchmarks if name in asked - made_asked]
        self._seeds = recorded_seeds(Path(graph.root))

    def find(self) -> FormerNames:
        """One name after the other, parents before what starts from them."""
        names = FormerNames(seeds=self._seeds)
        if not ((self.experiments and self.new_experiments) or (self.benchmarks and self.new_benchmarks)):
            return names
        new = sorted(self.new_experiments, key=lambda name: _generation(self._graph.study, name))
        trained = [name for name in new if self._graph.study.experiments[name].stage in TRAINED]
        for name in trained:
            names = self._experiment(names, name)
        for name in self.new_benchmarks:
            names = self._benchmark(names, name)
        for name in new:
            if name not in trained:
                names = self._experiment(names, name)
        return names

    def _experiment(self, names: FormerNames, new: str) -> FormerNames:
        trained = self._graph.study.experiments[new].stage in TRAINED
        for old in self.experiments:
            if old in names.experiments.values() or (trained and not self._is_alike(names, new, old)):
                continue
            tried = names.with_experiment(new, old)
            jobs = self.former_jobs(tried).values()
            of_it = [job for job in jobs if job.name.split("/")[1].partition(".")[0] == old]
            said = [job for job in of_it if (job.stage in (TRAINED if trained else CELLS.values()))]
            if any(map(self.is_result, said)):
                return tried
        return names

    def _benchmark(self, names: FormerNames, new: str) -> FormerNames:
        for old in self.benchmarks:
            if old in names.benchmarks.values():
                continue
            tried = names.with_benchmark(new, old)
            jobs = [job for job in self.former_jobs(tried).values() if job.stage in CELLS.values()]
            if any(self.is_result(job) for job in jobs if job.name.split("/")[2].partition(".")[0] == old):
                return tried
        return names

    def _is_alike(self, names: FormerNames, new: str, old: str) -> bool:
        """Whether an experiment may be one that is gone, by a look at the specs: to plan all jobs takes longer."""
        context = self._graph.context
        run = context.first_run(new)
        settings = self._graph.jobs[f"models/{run}"].spec.model_dump(mode="json", serialize_as_any=True)["settings"]
        try:
            path = Path(self._graph.root, "specs", "models", f"{names.with_experiment(new, old).run(run)}.json")
            before = read_json(path)["settings"]
        except (OSError, GradusError, KeyError):
            return False
        return _but_for_names(settings) == _but_for_names(before)

    def former_jobs(self, names: FormerNames) -> dict[str, Job]:
        """The jobs that train and sample, by their names, of the study with its former names."""
        context = Context(names.study(self._graph.study), self._graph.context.lock)
        plans = (pass_rate_jobs, trace_jobs, training_jobs, derived_model_jobs, sampling_jobs)
        return {job.name: job for jobs in plans for job in jobs(context)}

    def is_result(self, job: Job) -> bool:
        """Whether the results have one of this very job, by its record."""
        path, inside = Path(self._graph.root, "specs", f"{job.name}.json"), f"{self._graph.root}/"
        try:
            record = read_record(self._entry(job.name))
            text = spec_text(planned_spec(self._codes, job, self._graph.root, changed=()))
            if record is None or path.read_bytes() != text or record.spec != sha256_file(path):
                return False
        except (Damaged, OSError):
            return False
        # What it is asked is no part of a spec, but for its path.
        return all(file in record.inputs for read in job.reads.values() for file in read if file.startswith(inside))

    def _entry(self, name: str) -> Path:
        return Path(self._graph.root, "ledger", f"{name}.json")


def _names_of(jobs: Iterable[str]) -> tuple[set[str], set[str]]:
    """The experiments, or models, and the benchmarks that jobs which train and sample are of."""
    parts = [job.split("/") for job in jobs if job.startswith(("models/", *(f"{kind}/" for kind in CELLS)))]
    return {of[1].partition(".")[0] for of in parts}, {of[2].partition(".")[0] for of in parts if len(of) > 2}


def _generation(study: Study, name: str) -> int:
    """How many experiments an experiment descends from."""
    parent = study.experiments[name].parent
    return 1 + _generation(study, parent) if parent in study.experiments else 0


def _but_for_names(settings: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in settings.items() if key not in ("seed", "weights")}
    return json.dumps(rest, sort_keys=True)
