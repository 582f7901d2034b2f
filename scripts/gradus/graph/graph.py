"""The jobs of a study: every one, with its settings, its seed and the files that the study has it read.

Two studies with equal settings of a job have equal results of it, wherever and whenever they run.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gradus.estimates.study_specs import StudySpecs
from gradus.graph.adapter_targets import target_mistakes
from gradus.graph.context import Context
from gradus.graph.corpora import corpus_jobs
from gradus.graph.evaluation import score_jobs, table_jobs, vote_jobs
from gradus.graph.fine_tunings import stages_jobs
from gradus.graph.gate import gate_jobs
from gradus.graph.hub import fetch_jobs
from gradus.graph.job import Job
from gradus.graph.models import derived_model_jobs, export_jobs, model_jobs
from gradus.graph.pass_rates import pass_rate_jobs
from gradus.graph.problems import problem_jobs
from gradus.graph.reporting import reporting_jobs
from gradus.graph.sampling import sampling_jobs
from gradus.graph.stages import STAGES, read_spec
from gradus.graph.texts import text_jobs
from gradus.graph.token_use import token_use_jobs
from gradus.graph.traces import length_jobs, trace_jobs
from gradus.graph.training import training_jobs
from gradus.graph.verifying import verify_jobs
from gradus.hub.lock import Lock, read_lock
from gradus.provenance.errors import GradusError
from gradus.provenance.files import sha256_file
from gradus.provenance.records import Damaged, read_record
from gradus.specs.base import JobSettings
from gradus.study.file import StudyFile, read_study_file
from gradus.study.hub import downloads, pin_mistakes
from gradus.study.schema import Study, validate
from gradus.study.settings.base import dotted


class Graph:
    """Paths are relative to the project root, as Snakemake sees them."""

    def __init__(self, study: Study, lock: Lock | None = None) -> None:
        self.study = study
        self.unpinned: list[str] = []
        """What stops a build: downloads that cannot be planned with the lock as it is, one line each."""
        self.context = Context(study, lock or {})
        self.root = self.context.root
        found = list(_jobs(self.context))
        found += reporting_jobs(self.context, found)
        order = {stage: number for number, stage in enumerate(STAGES)}
        self.jobs: dict[str, Job] = {job.name: job for job in sorted(found, key=lambda job: order[job.stage])}
        """By their names, in the order of the data."""

    @classmethod
    def read(cls, path: str | Path, overrides: Mapping[str, Any] | None = None) -> "Graph":
        """Read, check and plan a study file. Raises GradusError with every mistake that it has."""
        return cls.of(read_study_file(path), overrides)

    @classmethod
    def of(cls, file: StudyFile, overrides: Mapping[str, Any] | None = None) -> "Graph":
        """The same of a study file that is read already."""
        study = validate(file, overrides)
        lock = read_lock() if downloads(study) else {}
        mistakes = list(pin_mistakes(study, lock, f"snakemake hub_pins --configfile {file.path}"))
        wrong = {download.repo for download, _ in mistakes}
        graph = cls(study, {repo: pin for repo, pin in lock.items() if repo not in wrong})
        place = file.overridden(overrides or {}).place
        if targets := list(target_mistakes(study, graph.context.replicates, study_specs(graph))):
            raise GradusError("\n".join(f"{place(keys)}: {dotted(keys)}: {what}" for keys, what in targets))
        graph.unpinned = [f"{place(d.keys)}: {dotted(d.keys)}: {what}" for d, what in mistakes]
        return graph

    def of_stages(self, *stages: str) -> list[Job]:
        """The jobs of these stages."""
        return [job for job in self.jobs.values() if job.stage in stages]

    def fetched_folders(self) -> list[Path]:
        """Folders of links into the hub's cache or a local folder."""
        return [Path(self.root, job.name) for job in self.of_stages("fetch_data", "fetch_model")]


def study_specs(graph: Graph) -> StudySpecs:
    """For estimates: what is made by the settings that it has now is counted, a change of code counts for none."""
    root = Path(graph.root)

    @cache
    def is_made(name: str) -> bool:
        path = root / "specs" / f"{name}.json"
        try:
            record, made_by = read_record(root / "ledger" / f"{name}.json"), read_spec(path)
        except (Damaged, GradusError, FileNotFoundError):
            return False
        job = graph.jobs.get(name)
        same = job is not None and _but_for_the_grader(made_by.settings) == _but_for_the_grader(job.settings)
        return same and record is not None and record.spec == sha256_file(path)

    return StudySpecs({f"{job.name}.json": job.spec for job in graph.jobs.values()}, root, is_made)


def _but_for_the_grader(settings: JobSettings) -> JobSettings:
    return settings.model_copy(update={"grader": ""}) if hasattr(settings, "grader") else settings


def _jobs(context: Context) -> Iterator[Job]:
    """All but those that tell of all the others."""
    for jobs in (
        *(
            fetch_jobs,
            problem_jobs,
            pass_rate_jobs,
            gate_jobs,
            corpus_jobs,
            text_jobs,
            model_jobs,
            trace_jobs,
            length_jobs,
        ),
        *(training_jobs, derived_model_jobs, export_jobs, sampling_jobs, verify_jobs, score_jobs, vote_jobs),
        *(stages_jobs, token_use_jobs, table_jobs),
    ):
        yield from jobs(context)
