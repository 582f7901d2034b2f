"""What the rules ask of a study. Patterns name a job with the rule's wildcards, such as `models/{model}`."""

import re
from collections.abc import Callable, Iterable, Iterator
from inspect import Parameter, Signature
from typing import Any, TypeVar

from gradus.estimates.asked import Asked, Machine
from gradus.estimates.resources import Resources, expected, with_margins
from gradus.estimates.study_specs import StudySpecs
from gradus.graph.graph import Graph
from gradus.graph.job import Job, TrainingSet
from gradus.graph.partition_limits import PartitionLimits
from gradus.graph.shown_specs import ShownSpecs
from gradus.graph.spec_files import PlannedSpecs, is_current

Wildcards = Any
"""Snakemake's; their names are those of the pattern."""

NOTHING = "(?!)"
"""A regular expression that nothing matches."""

DATA_ROLES = {"sft": "traces", "dpo": "traces", "grpo": "problems"}
"""Of the files that experiments are trained on, by the stage of their jobs."""

F = TypeVar("F", bound=Callable[..., Any])

OF_WILDCARDS = Signature([Parameter("wildcards", Parameter.POSITIONAL_OR_KEYWORD)])


def of_wildcards(function: F) -> F:
    """A function of a job's wildcards that says so by itself.

    Snakemake 9.27 asks for the parameters of an input function each time that it calls it, and to work them out takes
    longer than most of these functions do.
    """
    function.__signature__ = OF_WILDCARDS  # ty: ignore[missing-attribute] of PEP 362
    return function


class Rules:
    """Every function takes a pattern and returns what Snakemake calls with a job's wildcards."""

    def __init__(
        self,
        graph: Graph,
        study: StudySpecs,
        specs: PlannedSpecs,
        shown: ShownSpecs | None,
        begin: Callable[[], None],
        machine: Machine,
        limits: PartitionLimits,
    ) -> None:
        self._graph, self._specs, self._shown, self._begin = graph, specs, shown, begin
        self._study, self.machine, self._limits = study, machine, limits
        self._asked: dict[str, Asked] = {}
        self._resources: dict[str, Resources] = {}
        self.missed: dict[str, None] = {}
        """Names of jobs that were asked for and are none of the study's."""
        drops = (drop.name.split("/")[1:] for drop in graph.of_stages("drop_overlaps"))
        parted = ((kind, name.partition(".clean.")) for kind, name in drops)
        self._cleaned = [(kind, name, suffix) for kind, (name, _, suffix) in parted]

    def spec(self, pattern: str) -> Callable[[Wildcards], str]:
        """Input function: the spec of the job."""

        @of_wildcards
        def path(wildcards: Wildcards) -> str:
            self._begin()
            if self._shown is not None:
                self._shown.show()
            if (name := _name(pattern, wildcards)) not in self._graph.jobs:
                self.missed[name] = None
            return f"{self._graph.root}/specs/{name}.json"

        return path

    def reads(self, pattern: str, role: str) -> Callable[[Wildcards], list[str]]:
        """Input function: the files that the study has the job read in this role.

        What lies outside of the study's results is in the job's spec by its digest instead.
        """
        inside = f"{self._graph.root}/"
        return of_wildcards(
            lambda wildcards: [f for f in self._reads(pattern, wildcards, role) if f.startswith(inside)]
        )

    def files(self, pattern: str, role: str) -> Callable[[Wildcards], list[str]]:
        """The same with those outside, for the job's command."""
        return of_wildcards(lambda wildcards: self._reads(pattern, wildcards, role))

    def needs(self, pattern: str, more_mb: int = 0) -> dict[str, Callable[[Wildcards], int]]:
        """The job's resources by its estimate, which `set-resources` of a profile may change: host memory, GPUs and
        their memory in MB (10^6 bytes), and minutes. more_mb: of the host, for what looks on."""
        estimate = self._estimate(pattern)
        return {
            "mem_mb": of_wildcards(lambda wildcards: estimate(wildcards).mem_mb + more_mb),
            "gpu": of_wildcards(lambda wildcards: estimate(wildcards).gpu),
            "gpu_mem_mb": of_wildcards(lambda wildcards: estimate(wildcards).gpu_mem_mb),
            "runtime": of_wildcards(lambda wildcards: self._minutes(_name(pattern, wildcards))),
        }

    def threads(self, pattern: str) -> Callable[[Wildcards], int]:
        estimate = self._estimate(pattern)
        return of_wildcards(lambda wildcards: estimate(wildcards).threads)

    def gate(self, pattern: str) -> Callable[[Wildcards], list[str]]:
        """The verdicts that the job obeys, for its command."""
        root = f"{self._graph.root}/contamination"

        @of_wildcards
        def verdicts(wildcards: Wildcards) -> list[str]:
            job = self._job(pattern, wildcards)
            return [f"{root}/{kind}/{name}.gate.json" for kind, name in job.obeys] if job else []

        return verdicts

    def waits_for(self, pattern: str, wildcards: Wildcards) -> tuple[TrainingSet, ...]:
        """The training sets that have to be judged before the job runs: none where it need not run.

        It need not where its result is there, made as planned, and no older than the files that it reads.
        """
        job = self._job(pattern, wildcards)
        if job is None:
            return ()
        change = self._specs.changes.get(job.name)
        if change is None or not change.refuted:
            entry = f"{self._graph.root}/ledger/{job.name}.json"
            inputs = [file for files in job.reads.values() for file in files]
            if is_current(job.result, self._specs.digests.get(job.name), entry, inputs):
                return ()
        return job.obeys

    def cleaned_sets(self, pattern: str, wildcards: Wildcards, role: str | None = None) -> list[tuple[str, str, str]]:
        """Kind, name and suffix of the training sets that the job reads in a role without their overlaps; without a
        role, of all that it obeys. None where the study drops no overlaps."""
        job = self._job(pattern, wildcards)
        if job is None:
            return []
        if role is None:
            return [(kind, name, suffix) for kind, name, suffix in self._cleaned if (kind, name) in job.obeys]
        wanted = {file.removeprefix(f"{self._graph.root}/") for file in job.reads[role]}
        return [one for one in self._cleaned if f"{one[0]}/{one[1]}.clean.{one[2]}" in wanted]

    # Names and results, for constraints and targets

    def names(self, *stages: str) -> str:
        """Wildcard constraint: the names, below their folder, that the study has jobs of these stages for."""
        return self.any_of(job.name.partition("/")[2] for job in self._graph.of_stages(*stages))

    def benchmarks(self, stage: str) -> str:
        """Wildcard constraint: the benchmarks that the study has jobs of this stage for."""
        return self.any_of(dict.fromkeys(job.name.rpartition("/")[2] for job in self._graph.of_stages(stage)))

    def with_tokens(self) -> str:
        """Wildcard constraint: the models that are pretrained with domain tokens."""
        jobs = self._graph.of_stages("train_tokenizer")
        return self.any_of(job.name.partition("/")[2] for job in jobs if getattr(job.settings, "tokens", None))

    def any_of(self, names: Iterable[str]) -> str:
        """Wildcard constraint: these names."""
        return "|".join(re.escape(name) for name in names) or NOTHING

    def trained_here(self) -> list[str]:
        """The experiments that jobs train, and no service."""
        jobs = self._graph.of_stages(*DATA_ROLES)
        return [job.name.partition("/")[2] for job in jobs if getattr(job.settings, "service", None) is None]

    def data_role(self, pattern: str, wildcards: Wildcards) -> str:
        """The role of the files that the job trains on."""
        return DATA_ROLES[self._graph.jobs[_name(pattern, wildcards)].stage]

    def results(self, *stages: str) -> list[str]:
        """The results of all jobs of these stages."""
        return [job.result for job in self._graph.of_stages(*stages)]

    def _job(self, pattern: str, wildcards: Wildcards) -> Job | None:
        """None where the study has no such job; Snakemake then misses its spec, and says so."""
        return self._graph.jobs.get(_name(pattern, wildcards))

    def _reads(self, pattern: str, wildcards: Wildcards, role: str) -> list[str]:
        job = self._job(pattern, wildcards)
        return [] if job is None else job.reads.get(role, [])  # stages that profiling looks at read different files

    def _estimate(self, pattern: str) -> Callable[[Wildcards], Resources]:
        return lambda wildcards: self._resources_of(_name(pattern, wildcards))

    def _resources_of(self, name: str) -> Resources:
        if name not in self._resources:
            self._resources[name] = with_margins(self.expected(name))
        return self._resources[name]

    def expected(self, name: str) -> Asked:
        """What a job takes by its estimate, without margins."""
        if name not in self._asked:
            self._asked[name] = expected(self._graph.jobs[name].spec, self._study, self.machine)
        return self._asked[name]

    def _minutes(self, name: str) -> int:
        return self._limits.within(self._graph.jobs[name], self._resources_of(name).runtime_minutes)

    def told_of(self, names: Iterable[str]) -> Iterator[str]:
        """What is told of these jobs: where they may take more than they get."""
        return self._limits.lines((self._graph.jobs[name], self._resources_of(name)) for name in names)


def _name(pattern: str, wildcards: Wildcards) -> str:
    return pattern.format(**dict(wildcards.items()))
