"""Estimates of the jobs that write a model in another form: merged, exported, in the values of 4 bits, with further
tokens, or imported."""

from gradus.estimates import processes, speeds
from gradus.estimates.asked import Asked, Estimate, Machine
from gradus.estimates.shape import Shape
from gradus.estimates.shapes import assumed_shape
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.specs.base import JobSettings
from gradus.specs.models import (
    DequantizeModelSpec,
    ExportModelSpec,
    ExtendModelSpec,
    ImportNanogptSpec,
    MergeAdapterSpec,
)

EXPORT_BYTES = 8
"""Of a parameter, when an adapter is merged in float32, written, read again and compared. Measured with 0.18 billion:
5.7 from bfloat16, 4.2 from float32, whose files are mapped and not copied."""

DEQUANTIZED_COPIES = 2.75
"""Of the values in the precision that is written, besides 0.6 bytes in 4 bits. Measured with 0.18 billion: 9.1 bytes
together in float32, 6.1 in bfloat16."""


def _export(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: ExportModelSpec | MergeAdapterSpec = spec.settings
    shape = assumed_shape(study, settings.weights.dense)
    if settings.weights.adapter is None:
        return Asked(processes.TORCH, 2 * 4 * shape.parameters / speeds.COPIED_BYTES)
    held = EXPORT_BYTES * shape.parameters
    return Asked(
        processes.TRANSFORMERS + held + _probe_bytes(shape), speeds.START_SECONDS + 2 * held / speeds.COPIED_BYTES
    )


def _import(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """The comparison holds a network and its weights in float64, one after the other, beside those of the file."""
    shape = assumed_shape(study, spec.name.removeprefix("models/"))
    held = processes.TRANSFORMERS + processes.TOKENIZER + 16 * shape.parameters
    seconds = 16 * shape.parameters / speeds.COPIED_BYTES
    return Asked(held, seconds, expected=seconds / speeds.FREE_CORE, start=speeds.USUAL_START_SECONDS)


def _extend(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """Read, and written with more rows; the embeddings are there twice meanwhile."""
    shape = assumed_shape(study, spec.name.removeprefix("models/"))
    held = 4 * (shape.parameters + 2 * shape.embeddings)
    return Asked(processes.TRANSFORMERS + held, speeds.START_SECONDS + 2 * held / speeds.COPIED_BYTES)


def _dequantize(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: DequantizeModelSpec = spec.settings
    shape = assumed_shape(study, settings.weights.dense)
    each = 4 if settings.precision == "float32" else 2
    held = round((0.6 + DEQUANTIZED_COPIES * each) * shape.parameters)
    return Asked(
        processes.TRANSFORMERS + held + _probe_bytes(shape), speeds.START_SECONDS + 2 * held / speeds.COPIED_BYTES
    )


def _probe_bytes(shape: Shape) -> int:
    """Log-probabilities of three short texts by two models, and one of them anew."""
    return 3 * 3 * 64 * shape.vocabulary * 4


WRITTEN_MODELS: dict[type[JobSettings], Estimate] = {
    ExportModelSpec: _export,
    MergeAdapterSpec: _export,
    DequantizeModelSpec: _dequantize,
    ExtendModelSpec: _extend,
    ImportNanogptSpec: _import,
}
