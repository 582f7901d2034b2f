"""Where the shape of a job's model is known from, without downloading anything."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from gradus.estimates.known import KNOWN
from gradus.estimates.shape import Shape
from gradus.estimates.study_specs import StudySpecs
from gradus.models.nanogpt_sizes import read_sizes
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.specs.base import JobSettings, PinnedFiles
from gradus.specs.corpora import TokenizeTextSpec, TrainTokenizerSpec
from gradus.specs.models import (
    DequantizeModelSpec,
    ExportModelSpec,
    ExtendModelSpec,
    FetchModelSpec,
    ImportNanogptSpec,
    MergeAdapterSpec,
    PretrainSpec,
    PretrainTextSpec,
    TakeCheckpointSpec,
)
from gradus.specs.training import GrpoSpec, TrainingSpec

STORED_BYTES = 2
"""An assumption: of a parameter in the files of a published model, which are in 16 bits."""

UNKNOWN = KNOWN["Qwen/Qwen3-8B"]
"""An assumption: of a model of which not even the size is known before it is downloaded."""


def shape_of(study: StudySpecs, model: str) -> Shape:
    """The shape of a model or experiment of the study, by its name below models/.

    Looked for in the settings of the model that it began as; of a published one in its folder, in the results, among
    those that Gradus knows, and in the hub's cache. Raises GradusError where it is in none of them.
    """
    model, added = _beginning(study, model)
    shape = _first_shape(study, model)
    return replace(shape, vocabulary=shape.vocabulary + added)


def _first_shape(study: StudySpecs, model: str) -> Shape:
    settings = study.settings(f"models/{model}")
    if isinstance(settings, PretrainSpec | PretrainTextSpec):
        config = settings.architecture.model_dump() | {"model_type": settings.architecture.family}
        return Shape.from_config(config | {"tie_word_embeddings": True})
    there = study.results / "models" / model / "config.json"
    if there.is_file():
        return _read(there)
    if isinstance(settings, ImportNanogptSpec):
        return Shape.from_config(read_sizes(Path(settings.checkpoint.path)).config())
    assert isinstance(settings, FetchModelSpec)
    if settings.hub is not None:
        return _of_hub(model, settings.hub)
    assert settings.path is not None
    if settings.outside is None:
        exported = study.of(f"export/{Path(settings.path).name}", ExportModelSpec)
        return shape_of(study, exported.weights.dense)
    return _read(Path(settings.path, "config.json"))


def reference_shape(study: StudySpecs, settings: JobSettings) -> Shape | None:
    """Of the model that a training's KL is measured against; None where it is the start, or there is none."""
    if not isinstance(settings, GrpoSpec) or settings.reference is None:
        return None
    return assumed_shape(study, settings.reference.dense)


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
    """The model that `model` began as: one that is pretrained in the graph, fetched, or imported."""
    return _beginning(study, model)[0]


def _beginning(study: StudySpecs, model: str) -> tuple[str, int]:
    """The same, with how many domain tokens came to its vocabulary."""
    settings = study.settings(f"models/{model}")
    if isinstance(settings, TakeCheckpointSpec):
        return _beginning(study, settings.experiment)
    if isinstance(settings, TrainingSpec | MergeAdapterSpec | DequantizeModelSpec):
        return _beginning(study, settings.weights.dense)
    if isinstance(settings, ExtendModelSpec):
        first, added = _beginning(study, settings.of)
        return first, added + len(settings.tokens.tokens)
    if isinstance(settings, PretrainSpec):
        tokens = study.of(f"tokenizers/{model}", TrainTokenizerSpec).tokens
        return model, len(tokens.tokens) if tokens else 0
    if isinstance(settings, PretrainTextSpec):
        return model, _beyond_its_own(study, settings)
    if not isinstance(settings, FetchModelSpec | ImportNanogptSpec):
        raise TypeError(f"models/{model} is {type(settings).__name__}, which makes no model")
    return model, 0


def _beyond_its_own(study: StudySpecs, settings: PretrainTextSpec) -> int:
    """Entries of its vocabulary beyond those that its settings say: of a tokenizer with more, and domain tokens."""
    shards, own = study.of(settings.shards, TokenizeTextSpec), settings.architecture.vocab_size
    added = len(shards.added.tokens) if shards.added else 0
    return max(own, assumed_shape(study, shards.tokenizer).vocabulary) - own + added


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
