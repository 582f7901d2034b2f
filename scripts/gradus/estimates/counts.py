"""How many problems and traces a study has, told before its sets are made."""

from importlib import import_module
from pathlib import Path
from typing import Any

from gradus.estimates.study_specs import StudySpecs
from gradus.problems.source import GeneratedSource, PublishedSource
from gradus.specs.problems import DrawProblemsSpec, MakeProblemsSpec
from gradus.specs.sampling import SampleTracesSpec
from gradus.specs.traces import FilterTracesSpec, MakePublicTracesSpec, MixTracesSpec, ReadTracesSpec
from gradus.study.settings.problems import Filters, SubsetProblems
from gradus.study.settings.traces import ProblemTraces


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
        subset = SubsetProblems.model_validate(settings)
        whole = problem_count(study, subset.of)
        return None if whole is None else _filtered(study, whole, subset, subset.of)
    own = source.settings.model_validate(settings)
    count = source.count(own)
    return _filtered(study, count, own, name) if isinstance(own, Filters) else count


def problem_settings(study: StudySpecs, name: str) -> dict[str, Any]:
    """What the source of a problem set reads. What is drawn from a set for votes counts as a subset of it."""
    settings = study.settings(f"problems/{name}")
    if isinstance(settings, DrawProblemsSpec):
        return SubsetProblems(of=settings.set, size=settings.size).model_dump(mode="json")
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
    if isinstance(settings, MakePublicTracesSpec):
        return settings.size
    assert isinstance(settings, ReadTracesSpec)
    if settings.traces["size"] is not None:
        return settings.traces["size"]
    return rows_read(study, settings)


def rows_read(study: StudySpecs, settings: ReadTracesSpec) -> int | None:
    """Rows of the set that traces are chosen from; None: unknown before its file is read."""
    source = import_module(f"gradus.traces.sources.{settings.kind}").SOURCE
    traces = source.settings.model_validate(settings.traces)
    return problem_count(study, traces.problems) if isinstance(traces, ProblemTraces) else source.count


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
    modules = study.specs[f"problems/{name}.json"].modules
    return import_module(modules[0]).SOURCE if modules else None


def _filtered(study: StudySpecs, count: int, filters: Filters, of: str) -> int:
    """What is left of `count` problems of the set `of`."""
    source = source_of(study, of)
    if filters.levels and isinstance(source, PublishedSource):
        part = source.part_of(source.settings.model_validate(problem_settings(study, of)))
        if by_level := source.levels.get(part):
            count = min(count, sum(by_level.get(level, 0) for level in filters.levels))
    count = max(0, count - len(filters.drop))
    return count if filters.size is None else min(count, filters.size)
