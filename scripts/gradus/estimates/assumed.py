"""Settings that a job finds out when it begins, as its estimate takes them to be."""

from typing import Any

from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.specs.training import SftSpec, TraceTrainingSpec

PERCENTILE_TOKENS = 1_024
"""An assumption: what a percentile of the lengths of traces comes to, until the traces are measured."""


def with_assumed(study: StudySpecs, spec: JobSpec) -> JobSpec:
    """The spec of a job with a number in the place of a percentile: that of its measured traces, where they are."""
    settings = spec.settings
    if not isinstance(settings, SftSpec) or isinstance(settings.max_length, int):
        return spec
    measured = measured_lengths(study, spec.name.rpartition("/")[2])
    tokens = measured["max_length"] if measured else PERCENTILE_TOKENS
    return spec.model_copy(update={"settings": settings.model_copy(update={"max_length": tokens})})


def longest_text(settings: TraceTrainingSpec) -> int:
    """Tokens of the longest text that a job of `with_assumed` trains on."""
    assert isinstance(settings.max_length, int)
    return settings.max_length


def measured_lengths(study: StudySpecs, experiment: str) -> dict[str, Any] | None:
    """What `lengths/<experiment>.json` says; None where it is not measured as planned, or the file is torn."""
    if not study.is_made(f"lengths/{experiment}"):
        return None
    try:
        return read_json(study.results / "lengths" / f"{experiment}.json")
    except (GradusError, FileNotFoundError):
        return None
