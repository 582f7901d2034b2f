"""Where the shape of a job's model is known from, without downloading anything."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from gradus.estimates.known import KNOWN
from gradus.estimates.shape import Shape
from gradus.estimates.study_specs import StudySpecs
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.specs.base import PinnedFiles
from gradus.specs.models import (
    DequantizeModelSpec,
    ExportModelSpec,
    FetchModelSpec,
    PretrainSpec,
    TakeCheckpointSpec,
)
from gradus.specs.training import GrpoSpec, SftSpec

STORED_BYTES = 2
"""An assumption: of a parameter in the files of a published model, which are in 16 bits."""

UNKNOWN = KNOWN["Qwen/Qwen3-8B"]
"""An assumption: of a model of which not even the size is known before it is downloaded."""


def shape_of(study: StudySpecs, model: str) -> Shape:
    """The shape of a model or experiment of the study, by its name below models/.

    Looked for in the settings of the model that it began as; of a published one in its folder, in the results, among
    those that Gradus knows, and in the hub's cache. Raises GradusError where it is in none of them.
    """
    model = first_model(study, model)
    settings = study.settings(f"models/{model}")
    if isinstance(settings, PretrainSpec):
        shape = settings.architecture
        return Shape.from_config(shape.model_dump() | {"model_type": shape.family, "tie_word_embeddings": True})
    assert isinstance(settings, FetchModelSpec)
    there = study.results / "models" / model / "config.json"
    if there.is_file():
        return _read(there)
    if settings.hub is not None:
        return _of_hub(model, settings.hub)
    assert settings.path is not None
    if settings.outside is None:
        exported = study.of(f"export/{Path(settings.path).name}", ExportModelSpec)
        return shape_of(study, exported.weights.dense)
    return _read(Path(settings.path, "config.json"))


def assumed_shape(study: StudySpecs, model: str) -> Shape:
    """The same, but where it is not known that of a decoder with as many parameters: as many as the files of the hub's
    lock have room for at STORED_BYTES each, or those of UNKNOWN without a lock."""
    try:
        return shape_of(study, model)
    except GradusError:
        settings = study.settings(f"models/{first_model(study, model)}")
        size = _pinned_bytes(settings.hub) if isinstance(settings, FetchModelSpec) else None
        return UNKNOWN if size is None else _of_size(size // STORED_BYTES)


def first_model(study: StudySpecs, model: str) -> str:
    """The model that `model` began as: one that is pretrained in the graph, or fetched."""
    settings = study.settings(f"models/{model}")
    if isinstance(settings, TakeCheckpointSpec):
        return first_model(study, settings.experiment)
    if isinstance(settings, SftSpec | GrpoSpec | DequantizeModelSpec):
        return first_model(study, settings.weights.dense)
    if not isinstance(settings, PretrainSpec | FetchModelSpec):
        raise TypeError(f"models/{model} is {type(settings).__name__}, which makes no model")
    return model


def _pinned_bytes(hub: PinnedFiles | None) -> int | None:
    """Of the weights; None where they are not pinned."""
    files = hub.files if hub else {}
    return sum(file["size"] for name, file in files.items() if name.endswith(".safetensors")) or None


def _of_size(parameters: int) -> Shape:
    """The smallest known decoder with so many parameters; beyond the largest one, that with more layers."""
    by_size = sorted(set(KNOWN.values()), key=lambda shape: shape.parameters)
    for shape in by_size:
        if shape.parameters >= parameters:
            return shape
    largest = by_size[-1]
    inner = largest.parameters - largest.embeddings
    return replace(largest, layers=-(-largest.layers * (parameters - largest.embeddings) // inner))


def _of_hub(name: str, hub: PinnedFiles) -> Shape:
    if hub.repo in KNOWN:
        return KNOWN[hub.repo]
    from huggingface_hub import try_to_load_from_cache  # as long to import as all the rest of a dry-run

    cached = try_to_load_from_cache(hub.repo, "config.json", revision=hub.revision or "main")
    if isinstance(cached, str):
        return _read(Path(cached))
    raise GradusError(f"{name}: the shape of {hub.repo} is not known before it is downloaded: snakemake models")


def _read(path: Path) -> Shape:
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    return _read_once(path, stamp)


@lru_cache(maxsize=256)
def _read_once(path: Path, _stamp: int) -> Shape:
    """A model is asked about for each of its jobs."""
    return Shape.from_config(read_json(path), source=str(path))
