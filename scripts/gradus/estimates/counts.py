"""How many problems and traces a study has, told before its sets are made."""

from pathlib import Path
from typing import Any

from gradus.estimates.study_specs import StudySpecs
from gradus.problems.named import problem_source
from gradus.problems.raw.line_count import rows_at_most
from gradus.problems.source import GeneratedSource, PublishedSource
from gradus.specs.problems import DrawProblemsSpec, KeepProblemsSpec, MakeProblemsSpec
from gradus.specs.sampling import SampleProblemsSpec, SampleTracesSpec
from gradus.specs.traces import FilterTracesSpec, JudgeTracesSpec, MakePublicTracesSpec, MixTracesSpec, ReadTracesSpec
from gradus.specs.training import GrpoSpec
from gradus.study.settings.problems import Filters, PublishedProblems, SubsetProblems
from gradus.study.settings.traces import ProblemTraces, PublishedTraces
from gradus.traces.named import trace_source
from gradus.training.steps import steps_of


def problem_count(study: StudySpecs, name: str) -> int | None:
    """Problems of a set: of the file where it is made, else what its settings leave of a known number; None: unknown.

    What a filter takes away that no table here tells is not taken away, so the number is rather too high.
    """
    if study.is_made(f"problems/{name}"):
        rows = _rows(study.results / "problems" / f"{name}.parquet")
        if rows is not None:
            return rows
    source, settings = source_of(study, name), problem_settings(study, name)
    if source is None:
        return _subset_count(study, SubsetProblems.model_validate(settings))
    own = source.settings.model_validate(settings)
    count = source.count(own)
    if count is None and isinstance(own, PublishedProblems) and own.path is not None:
        count = rows_at_most(Path(own.path))
    if count is None:
        return getattr(own, "size", None)
    return _filtered(study, count, own, name) if isinstance(own, Filters) else count


def steps_planned(study: StudySpecs, settings: GrpoSpec, unknown: int | None = None) -> int | None:
    """Steps of a reinforcement learning; None: unknown before its problems are counted. unknown: problems of a set of
    which the number is not known."""
    problems = problem_count(study, settings.sets[0])
    return steps_of(settings, unknown if problems is None else problems)


def rated_count(study: StudySpecs, settings: SampleProblemsSpec) -> int | None:
    """The most problems that a model is asked, for a set to be chosen by its pass rates; None: unknown."""
    return _subset_count(study, settings.filters)


def _subset_count(study: StudySpecs, subset: SubsetProblems) -> int | None:
    whole = problem_count(study, subset.of)
    return subset.size if whole is None else _filtered(study, whole, subset, subset.of)


def problem_settings(study: StudySpecs, name: str) -> dict[str, Any]:
    """What the source of a problem set reads. What is drawn from a set for votes counts as a subset of it."""
    settings = study.settings(f"problems/{name}")
    if isinstance(settings, DrawProblemsSpec):
        return SubsetProblems(of=settings.set, size=settings.size).model_dump(mode="json")
    if isinstance(settings, KeepProblemsSpec):
        return settings.problems.model_dump(mode="json")
    return study.of(f"problems/{name}", MakeProblemsSpec).problems


def trace_count(study: StudySpecs, name: str) -> int | None:
    """The most traces that a set can have; None: unknown before its file is read."""
    settings = study.settings(f"traces/{name}")
    if isinstance(settings, MixTracesSpec):
        counts = [trace_count(study, part) for part, _ in settings.parts]
        return settings.size or (None if None in counts else sum(count or 0 for count in counts))
    if isinstance(settings, FilterTracesSpec):
        asked = [problem_count(study, problems) for problems in settings.sets]
        each = 1
        if settings.filter.keep == "all":
            each = study.of(f"traces/{name}.completions", SampleTracesSpec).samples
        return None if None in asked else each * sum(count or 0 for count in asked)
    if isinstance(settings, JudgeTracesSpec):
        counts = [problem_count(study, problems) for problems in settings.sets]
        each = study.of(f"traces/{name}.completions", SampleTracesSpec).samples
        return None if None in counts else each * sum(count or 0 for count in counts)
    if isinstance(settings, MakePublicTracesSpec):
        return settings.size
    assert isinstance(settings, ReadTracesSpec)
    if settings.traces["size"] is not None:
        return settings.traces["size"]
    return rows_read(study, settings)


def rows_read(study: StudySpecs, settings: ReadTracesSpec) -> int | None:
    """Rows of the set that traces are chosen from; None: unknown before its file is read."""
    source = trace_source(settings.kind)
    traces = source.settings.model_validate(settings.traces)
    if isinstance(traces, ProblemTraces):
        return problem_count(study, traces.problems)
    if source.count is None and isinstance(traces, PublishedTraces) and traces.path is not None:
        return rows_at_most(Path(traces.path))
    return source.count


def _rows(path: Path) -> int | None:
    """None where the file is gone or torn: the job that reads it says so."""
    import pyarrow as pa  # half a second, which planning a fresh study can do without
    import pyarrow.parquet as pq

    try:
        return pq.read_metadata(path).num_rows
    except (OSError, pa.ArrowInvalid):
        return None


def source_of(study: StudySpecs, name: str) -> PublishedSource[Any] | GeneratedSource[Any] | None:
    """The source of a problem set; None for a subset of another."""
    source = problem_settings(study, name)["source"]
    return None if source == "subset" else problem_source(source)


def _filtered(study: StudySpecs, count: int, filters: Filters, of: str) -> int:
    """What is left of `count` problems of the set `of`."""
    while (source := source_of(study, of)) is None:
        of = problem_settings(study, of)["of"]
    if isinstance(source, PublishedSource):
        own = source.settings.model_validate(problem_settings(study, of))
        at_levels = source.at_levels(own, filters.levels)
        count = count if at_levels is None else min(count, at_levels)
    count = max(0, count - len(filters.drop))
    return count if filters.size is None else min(count, filters.size)
