"""Which jobs each job of a study waits for, without Snakemake, and which of them a build of everything would run.

What a job reads of its study is in the graph; what the rules have it read in every study is repeated here by stage, and
compared with Snakemake's own graph in the tests.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path

from gradus.graph.graph import Graph
from gradus.graph.job import Job
from gradus.graph.spec_files import PlannedSpecs
from gradus.provenance.errors import GradusError
from gradus.provenance.records import Damaged, read_record

ENDS = (
    *("make_ablation", "compare_experiments", "compare_graders", "measure_completions", "make_ledger", "make_report"),
    *("make_votes_table", "make_verifier_table", "make_stages_table", "make_token_use_table"),
    "make_problems_table",
)
"""Stages of the jobs that `snakemake all` asks for, as the Snakefile says."""

TABLES = ("ablation", "comparisons", "second_opinion", "lengths", "ledger", "contamination")
"""What every report reads."""

FIXED: dict[str, Callable[[str], tuple[str, ...]]] = {
    "judge_training_set": lambda name: (name.removesuffix(".gate"),),
    "drop_overlaps": lambda name: (whole := name.partition(".clean.")[0], whole.partition("/")[2]),
    "list_overlaps": lambda name: ("contamination/benchmarks",),
    "make_problems_table": lambda name: ("contamination/benchmarks",),
    "score_samples": lambda name: (_below("samples", name),),
    "score_likelihoods": lambda name: (_below("likelihoods", name),),
    "count_votes": lambda name: (f"{_below('samples', name)}.votes", _below("eval", name)),
    "keep_problems": lambda name: (f"{name}.completions",),
    "filter_traces": lambda name: (f"{name}.completions",),
    "judge_traces": lambda name: (f"{name}.completions",),
    "take_checkpoint": lambda name: (name.rpartition(".at-")[0],),
    "make_ablation": lambda name: ("comparisons", "references"),
    "make_report": lambda name: TABLES,
}
"""By stage, from a job's name to those of the jobs before it that its rule names."""


class Order:
    """Of a study's jobs."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._results = {job.result: name for name, job in graph.jobs.items()}

    @cached_property
    def before(self) -> dict[str, tuple[str, ...]]:
        """By the name of each job, those whose results it reads or that it waits for."""
        return {name: tuple(dict.fromkeys(self._before(job))) for name, job in self._graph.jobs.items()}

    def to_build(self, specs: PlannedSpecs) -> list[str]:
        """The jobs that `snakemake all` would run: those that are not made as planned, all that follow them, and those
        whose results are gone and asked for again. What is gone and asked for by nothing that runs is not missed."""
        ends = [job.name for job in self._graph.of_stages(*ENDS)]
        order = self._in_order(ends)
        gone = {name for name in order if not Path(self._graph.jobs[name].result).exists()}
        runs = gone.intersection(ends) | {name for name in order if name not in gone and not self._is_made(name, specs)}
        known = -1
        while known < len(runs):
            known = len(runs)
            for name in order:
                if not runs.isdisjoint(self._caused_by(name)):
                    runs.add(name)
            for name in reversed(order):
                if name in runs:
                    runs |= gone.intersection(self.before[name])
        return [name for name in order if name in runs]

    def _caused_by(self, name: str) -> Iterator[str]:
        """Verdicts of the gate come before a job in time alone: a new one does not make it run."""
        gates = {_gate(kind, of) for kind, of in self._graph.jobs[name].obeys}
        return (one for one in self.before[name] if one not in gates)

    def _is_made(self, name: str, specs: PlannedSpecs) -> bool:
        """By its record, as planned, of files that are as they were, or gone; what leaves no record is no older."""
        job, change = self._graph.jobs[name], specs.changes.get(name)
        if change is not None and (change.runs or change.refuted):
            return False
        read = (file for files in job.reads.values() for file in files)
        inputs = [file for file in read if file in self._results and Path(file).exists()]
        try:
            record = read_record(Path(self._graph.root, "ledger", f"{name}.json"))
            if record is not None and record.spec != specs.digests.get(name):
                return False
            known = {} if record is None else record.inputs
            made = Path(job.result).stat().st_mtime_ns
            return all(
                known[file].is_at(file) if file in known else Path(file).stat().st_mtime_ns <= made for file in inputs
            )
        except (Damaged, OSError, GradusError):
            return False

    def _before(self, job: Job) -> Iterator[str]:
        for files in job.reads.values():
            for file in files:
                if (name := self._maker(file)) is not None and name != job.name:
                    yield name
        fixed = FIXED[job.stage](job.name) if job.stage in FIXED else ()
        yield from (name for name in fixed if name in self._graph.jobs)
        gates = (_gate(kind, name) for kind, name in job.obeys)
        yield from (name for name in gates if name in self._graph.jobs)
        if job.stage == "make_ablation":
            yield from (judge.name for judge in self._graph.of_stages("judge_training_set"))

    def _maker(self, file: str) -> str | None:
        """The job that makes a file: its result, its entry in the ledger, or what is beside its result."""
        if file in self._results:
            return self._results[file]
        inside = file.removeprefix(f"{self._graph.root}/")
        if inside == file or inside.startswith("specs/"):
            return None
        stem = inside.removeprefix("ledger/")
        while stem and stem not in self._graph.jobs:
            folder, _, file = stem.rpartition("/")
            stem = f"{folder}/{file.rpartition('.')[0]}".strip("/") if "." in file else folder
        return stem or None

    def _in_order(self, ends: Iterable[str]) -> list[str]:
        """These jobs and all before them, each after those that it waits for."""
        order: dict[str, None] = {}
        left = [(name, False) for name in ends]
        while left:
            name, seen = left.pop()
            if seen:
                order.setdefault(name)
            elif name not in order:
                left.append((name, True))
                left += [(one, False) for one in self.before[name] if one not in order]
        return list(order)


def _below(folder: str, name: str) -> str:
    """The same run and benchmark, below another folder."""
    return f"{folder}/{name.partition('/')[2]}"


def _gate(kind: str, name: str) -> str:
    return f"contamination/{kind}/{name}.gate"
