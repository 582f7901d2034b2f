"""Training sets that share problems with benchmarks or held-out sets, as far as the study file shows it.

Copies within the rows are found when the sets are there, by the contamination gate. Here nothing is read.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradus.study.lineage import Lineage
from gradus.study.mistakes import Mistake
from gradus.study.own_results import maker
from gradus.study.settings.downloads import MARKS
from gradus.study.settings.grpo import Grpo
from gradus.study.settings.problems import SubsetProblems
from gradus.study.settings.training import trace_weights
from gradus.study.trace_checks import problem_sets

if TYPE_CHECKING:
    from gradus.study.schema import Study

NOT_NARROWING = (
    *MARKS,
    "source",
    "of",
    "path",
    "repo",
    "files",
    "expect_rows",
    "expect_problems",
    "levels",
    "subjects",
    "take",
    "licence",
)
"""Settings of a problem set that say where its rows come from, which of them `size` means, or that are compared by
themselves: all others leave out rows."""


@dataclass(frozen=True)
class Rows:
    """Rows of one source, less those that the filters leave out. Where levels or subjects are None, all are kept."""

    source: tuple[Any, ...]
    filters: frozenset[tuple[str, str]] = frozenset()
    levels: frozenset[int] | None = None
    subjects: frozenset[str] | None = None

    def may_share(self, other: "Rows") -> bool:
        """Whether both may hold the same problem."""
        levels = self.levels is None or other.levels is None or self.levels & other.levels
        subjects = self.subjects is None or other.subjects is None or self.subjects & other.subjects
        return self.source == other.source and bool(levels and subjects)

    def within(self, other: "Rows") -> bool:
        """Whether the other holds every problem of this one."""
        levels = other.levels is None or (self.levels is not None and self.levels <= other.levels)
        subjects = other.subjects is None or (self.subjects is not None and self.subjects <= other.subjects)
        return self.source == other.source and levels and subjects and other.filters <= self.filters


@dataclass(frozen=True)
class Trained:
    """Rows that an experiment trains on, by the key of it that names them."""

    by: str
    key: str
    name: str
    rows: Rows


def overlap_mistakes(study: "Study") -> Iterator[Mistake]:
    """Sets that are held out of training but trained on, and benchmarks that are trained on."""
    lineage = Lineage(study)
    measured = {title: rows_of(study, benchmark.problems) for title, benchmark in study.benchmarks.items()}
    for name, experiment in study.experiments.items():
        trained = list(_trained(study, lineage, name))
        held_out = getattr(experiment, "held_out", None)
        shared = next((one for one in trained if held_out and rows_of(study, held_out).may_share(one.rows)), None)
        if shared is not None:
            by = "this experiment trains on" if shared.by == name else f"{shared.by!r} before it trains on"
            what = f"{held_out!r} may hold problems of {shared.name!r}, which {by}"
            yield ("experiments", name, "held_out"), f"{what}; name another set, or levels that are not trained on"
        if study.contamination.policy == "report":
            continue  # as the study wants it
        pairs = ((one, title) for one in trained for title in measured if one.by == name)
        one, title = next((pair for pair in pairs if pair[0].rows.within(measured[pair[1]])), (None, None))
        if one is not None:
            what = f"trains on {one.name!r}, all of whose problems are in the benchmark {title!r}"
            yield ("experiments", name, one.key), f"{what}; name another set, or set contamination: {{policy: report}}"


def _trained(study: "Study", lineage: Lineage, name: str | None) -> Iterator[Trained]:
    """What an experiment's weights are trained on, by itself and by those before it."""
    while name is not None:
        experiment = study.experiments[name]
        if isinstance(experiment, Grpo):
            yield from (Trained(name, "problems", one, rows_of(study, one)) for one in experiment.sets)
        for traces in trace_weights(getattr(experiment, "traces", [])):
            yield from (Trained(name, "traces", *found) for found in _rows_of_traces(study, traces))
        name = lineage.before(name)


def _rows_of_traces(study: "Study", name: str) -> Iterator[tuple[str, Rows]]:
    """What a trace set is made of, parts of a mix included: problem sets, and files of others' solutions."""
    settings = study.traces[name]
    made = maker(study, "traces", name)
    for other in [*getattr(settings, "parts", {}), *([made[1]] if made else [])]:
        yield from _rows_of_traces(study, other)
    yield from ((problems, rows_of(study, problems)) for problems in problem_sets(settings))
    if getattr(settings, "path", None) and not made:
        yield name, Rows(_source(settings, name))


def rows_of(study: "Study", name: str) -> Rows:
    """The source of a problem set, and what is left of it. Of generated sets each is a source of its own."""
    levels: frozenset[int] | None = None
    subjects: frozenset[str] | None = None
    filters: set[tuple[str, str]] = set()
    while True:
        settings = study.problems[name]
        levels = _both(levels, getattr(settings, "levels", None))
        subjects = _both(subjects, getattr(settings, "subjects", None))
        # Of two sets of one size, each is drawn by its own name.
        values = ((key if key != "size" else f"size of {name}", value) for key, value in settings)
        filters |= {(key, repr(value)) for key, value in values if value and key not in NOT_NARROWING}
        made = maker(study, "problems", name)
        following = settings.of if isinstance(settings, SubsetProblems) else made[1] if made else None
        if following is None:
            return Rows(_source(settings, name), frozenset(filters), levels, subjects)
        name = following


def _source(settings: Any, name: str) -> tuple[Any, ...]:
    """Where rows come from: a file, a part of a folder or repository, or a generator that draws by the set's name."""
    path, repo = getattr(settings, "path", None), getattr(settings, "repo", None)
    if path and not os.path.isdir(path):
        return (os.path.realpath(path),)
    place = os.path.realpath(path) if path else (repo, *settings.files) if repo else name
    return (place, *(getattr(settings, key, None) for key in MARKS))


def _both(one: frozenset[Any] | None, other: list[Any] | None) -> frozenset[Any] | None:
    """The values that two filters keep."""
    if other is None:
        return one
    return frozenset(other) if one is None else one & frozenset(other)
