"""How many problems and traces a study has, told before its sets are made."""

from importlib import import_module
from pathlib import Path
from typing import Any

from gradus.estimates.study_specs import StudySpecs
from gradus.specs.problems import MakeProblemsSpec
from gradus.specs.sampling import SampleTracesSpec
from gradus.specs.traces import FilterTracesSpec, MakePublicTracesSpec, MixTracesSpec, ReadTracesSpec

LEVELS: dict[tuple[str, str], dict[int, int]] = {
    ("math", "train"): {0: 2, 1: 564, 2: 1348, 3: 1592, 4: 1690, 5: 2304},
    ("math", "test"): {1: 437, 2: 894, 3: 1131, 4: 1214, 5: 1324},
    ("math500", "test"): {1: 43, 2: 90, 3: 105, 4: 128, 5: 134},
}
"""Problems by level, as the publishers' files have them; 0: without one."""

ANSWER_TYPES = {"numerical": 572, "expression": 64, "tuple": 33, "interval": 6, "equation": 0}
"""The same of OlympiadBench (OE_TO_maths_en_COMP) by the kind of answer."""

PROBES = 81
"""Of arithmetic_probes, besides its products and sums: the multiplication table."""

TULU3 = 939_343
"""Conversations of Tulu 3's mixture, as its publisher says."""


def problem_count(study: StudySpecs, name: str) -> int | None:
    """Problems of a set: of the file where it is made, else what its settings leave of a known number; None: unknown.

    What a filter takes away that no table here tells is not taken away, so the number is rather too high.
    """
    if study.is_made(f"problems/{name}"):
        rows = _rows(study.results / "problems" / f"{name}.parquet")
        if rows is not None:
            return rows
    settings = problem_settings(study, name)
    if settings["source"] == "pocket" or settings["source"] == "gsm_sbs":
        return settings["size"]
    if settings["source"] == "arithmetic_probes":
        return PROBES + settings["products"] + settings["sums"]
    if settings["source"] == "subset":
        whole = problem_count(study, settings["of"])
        return None if whole is None else _filtered(whole, settings, problem_settings(study, settings["of"]))
    return _filtered(_published(settings), settings, settings)


def problem_settings(study: StudySpecs, name: str) -> dict[str, Any]:
    """What the source of a problem set reads."""
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
    if settings.kind == "solutions":
        return problem_count(study, settings.traces["problems"])
    if settings.kind == "openr1":
        (rows, *_) = import_module("gradus.problems.sources.openr1").SOURCE.rows["default"]
        return rows
    return TULU3 if settings.kind == "tulu3" else None


def _rows(path: Path) -> int | None:
    """None where the file is gone or torn: the job that reads it says so."""
    import pyarrow as pa  # half a second, which planning a fresh study can do without
    import pyarrow.parquet as pq

    try:
        return pq.read_metadata(path).num_rows
    except (OSError, pa.ArrowInvalid):
        return None


def _published(settings: dict[str, Any]) -> int:
    """Rows of a published set, before any filter."""
    if settings["expect_rows"]:
        return settings["expect_rows"]
    source = import_module(f"gradus.problems.sources.{settings['source']}").SOURCE
    (rows, *_) = source.rows[source.part(settings)]
    return rows


def _filtered(count: int, settings: dict[str, Any], of: dict[str, Any]) -> int:
    """What is left of `count` problems of a set with the settings `of`."""
    kinds = settings.get("answer_types")
    if kinds:
        count = min(count, sum(ANSWER_TYPES[kind] for kind in kinds))
    by_level = LEVELS.get((of["source"], of.get("split", "test")))
    if by_level and settings["levels"]:
        count = min(count, sum(by_level.get(level, 0) for level in settings["levels"]))
    count = max(0, count - len(settings["drop"]))
    return count if settings["size"] is None else min(count, settings["size"])
