"""What a command would run, by experiment, with the reason of each in words."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gradus.estimates.columns import aligned
from gradus.graph.graph import Graph
from gradus.graph.parts import EXPERIMENT, KINDS, OVERLAPS, TABLE, Part, part_of
from gradus.graph.planned_jobs import PlannedJob
from gradus.graph.reasons import Reasons
from gradus.graph.spec_changes import together
from gradus.graph.spec_files import PlannedSpecs

COLUMNS = {
    "train": ("pretrain", "sft", "dpo", "grpo"),
    "sample": ("sample_benchmark", "sample_traces", "sample_problems", "measure_likelihoods", "verify_samples"),
    "score": ("score_samples", "score_likelihoods", "count_votes"),
}
"""Stages of the jobs that are counted apart."""

ORDER = (*KINDS.values(), OVERLAPS, EXPERIMENT)
"""Of the rows; tables come last."""
PLURALS = {"corpus": "corpora", OVERLAPS: OVERLAPS}

MOST_EXPERIMENTS = 30
"""With a row of their own; of more, those with the same reason share one."""

MOST_WORDS, MOST_NAMES = 3, 3
"""Reasons of one row, and names in a reason."""

LABEL = 28
"""Characters."""


@dataclass
class _Row:
    """parts: with the same reason."""

    kind: str
    why: str
    names: list[str] = field(default_factory=list)
    jobs: list[PlannedJob] = field(default_factory=list)

    def cells(self) -> list[str]:
        counts = [sum(job.rule in stages for job in self.jobs) for stages in COLUMNS.values()]
        return [self._label(), *(str(count) if count else "-" for count in (len(self.jobs), *counts))]

    def _label(self) -> str:
        plural = PLURALS.get(self.kind, f"{self.kind}s")
        if self.kind == TABLE and len(self.names) > 1:
            return plural
        what = "" if self.kind in (EXPERIMENT, TABLE) else plural if len(self.names) > 1 else self.kind
        label = f"{what} {', '.join(self.names)}".strip()
        return label if len(label) <= LABEL or len(self.names) == 1 else f"{len(self.names)} {plural}"


def plan_table(graph: Graph, specs: PlannedSpecs, jobs: Iterable[PlannedJob]) -> Iterator[str]:
    """Lines; none where nothing runs."""
    rows = _rows(graph, specs, jobs)
    if not rows:
        return
    head = ["what would run", "jobs", *COLUMNS]
    for cells, why in zip(aligned([head, *(row.cells() for row in rows)], words=1), ["why", *(r.why for r in rows)]):
        yield f"{cells}  {why}".rstrip()


def _rows(graph: Graph, specs: PlannedSpecs, jobs: Iterable[PlannedJob]) -> list[_Row]:
    experiments, reasons = graph.study.experiments, Reasons(graph, specs)
    whole = Counter((part_of(job.name, experiments), job.stage) for job in graph.jobs.values())
    parts: dict[Part, list[PlannedJob]] = {}
    places = {name: place for place, name in enumerate(graph.jobs)}
    for job in sorted(jobs, key=lambda job: (places.get(job.name, len(places)), job.rule)):
        known = job.name in graph.jobs and graph.jobs[job.name].stage == job.rule
        part = part_of(job.name, experiments) if known else Part(TABLE, job.rule)
        parts.setdefault(part, []).append(job)
    apart = sum(part.kind == EXPERIMENT for part in parts) <= MOST_EXPERIMENTS
    order = {name: place for place, name in enumerate(experiments)}
    tables = {part: parts.pop(part) for part in [*parts] if part.kind == TABLE}
    rows: dict[tuple[str, str, str], _Row] = {}
    for part in sorted(parts, key=lambda part: (ORDER.index(part.kind), order.get(part.name, 0))):
        why = _why(part, parts[part], reasons, experiments, whole)
        own = part.name if part.kind == EXPERIMENT and apart else ""
        row = rows.setdefault((part.kind, own, why), _Row(part.kind, why))
        row.names.append(part.name)
        row.jobs += parts[part]
    if made := [job for jobs in tables.values() for job in jobs]:
        why = _why(Part(TABLE, ""), made, reasons, experiments, whole)
        rows[TABLE, "", why] = _Row(TABLE, why, [part.name for part in tables], made)
    return list(rows.values())


def _why(
    part: Part,
    jobs: Sequence[PlannedJob],
    reasons: Reasons,
    experiments: Collection[str],
    whole: Mapping[tuple[Part, str], int],
) -> str:
    """The reasons of the part's own jobs; where they have none, what they follow from. whole: how many jobs of each
    stage the part has."""
    own: dict[str, list[PlannedJob]] = {}
    for job in jobs:
        for words in reasons.of(job):
            own.setdefault(words, []).append(job)
    if own:
        said = together(f"{words}{_on(part, words, found, whole)}" for words, found in own.items())
        return "; ".join(said[:MOST_WORDS]) + (f"; and {len(said) - MOST_WORDS} more" if len(said) > MOST_WORDS else "")
    if part.kind == TABLE:
        return "follows" if any(job.after for job in jobs) else ""
    after = (name for job in jobs for name in job.after if not name.endswith(".gate"))
    before = list(dict.fromkeys(str(one) for one in (part_of(name, experiments) for name in after) if one != part))
    return f"follows from {_listed(before)}" if before else ""


def _on(part: Part, words: str, jobs: Sequence[PlannedJob], whole: Mapping[tuple[Part, str], int]) -> str:
    """Which of an experiment's runs or benchmarks its jobs are of, where they are not all that it has and few.

    words: the reason, which may name a benchmark already.
    """
    if part.kind != EXPERIMENT or len(jobs) == sum(whole[part, rule] for rule in {job.rule for job in jobs}):
        return ""
    trained = [job.name.rpartition("/")[2] for job in jobs if job.name.count("/") == 1]
    if trained:
        named = [run.partition(".")[2] or run for run in trained]
    else:
        named = list(dict.fromkeys(job.name.rpartition("/")[2] for job in jobs))
    known = all(f"/{name}." in words for name in named)
    return "" if known or len(named) > MOST_NAMES else f" ({_listed(named)})"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else "")
