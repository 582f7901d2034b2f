"""Which backends read a model, and shapes that they could not compute: found before anything is trained or linked."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError
from gradus.sampling.capabilities import sampler_capabilities
from gradus.study.lineage import Lineage
from gradus.study.mistakes import Mistake
from gradus.study.services import sampler_of, teachers_sampler
from gradus.study.settings.models import EMBEDDED_FAMILY, FolderModel, PretrainedModel
from gradus.study.settings.training import Trained
from gradus.training.capabilities import backend_capabilities, reader_of, uses_embedded_network


def shape_mistakes(study: Any) -> Iterator[Mistake]:
    """Of models that are pretrained here, and of those in local folders that are there."""
    lineage = Lineage(study)
    for name, model in study.models.items():
        if isinstance(model, PretrainedModel):
            yield from ((("models", name, *keys), what) for keys, what in _pretrained(model))
            yield from _embedded_readers(study, lineage, name, model)
        elif isinstance(model, FolderModel) and os.path.isdir(model.path):
            # Imported here, as most studies need none of it and should not wait for it.
            from gradus.models.published import check_shape, check_weights

            try:
                readers = backends_of(study, lineage, name)
                embedded = any(map(uses_embedded_network, readers))
                if embedded:
                    check_shape(Path(model.path))
                if readers:
                    check_weights(Path(model.path), embedded)
            except GradusError as error:
                yield ("models", name, "path"), str(error)


def backends_of(study: Any, lineage: Lineage, name: str) -> set[str]:
    """Whose code reads the model's files: samplers, trainers, and teachers' sampler, but those on services."""
    asked: set[str] = set()
    trained: set[str] = set()
    for experiment, settings in study.experiments.items():
        if lineage.root(experiment) == name:
            asked |= {sampler_of(study, experiment, benchmark) for benchmark in study.benchmarks}
            if isinstance(settings, Trained) and backend_capabilities(settings.backend).service is None:
                trained.add(reader_of(settings))
    for trace_set, traces in study.traces.items():
        if traces.kind == "distilled" and traces.teacher == name:
            asked.add(teachers_sampler(study, trace_set))
    here = {sampler for sampler in asked if sampler_capabilities(sampler).service is None}
    return here | trained


def _pretrained(model: PretrainedModel) -> Iterator[Mistake]:
    shape = model.architecture
    heads, shared = shape.num_attention_heads, shape.num_key_value_heads
    if heads % shared:
        what = f"has to divide num_attention_heads, {heads}, which share {shared} key and value heads evenly"
        yield ("architecture", "num_key_value_heads"), f"{what}; take a divisor"
    if shape.head_dim % 2:
        yield ("architecture", "head_dim"), f"is odd ({shape.head_dim}): rotary embeddings turn pairs; take an even one"
    if model.sequence_length > shape.max_position_embeddings:
        what = f"is beyond the model's max_position_embeddings, {shape.max_position_embeddings}"
        yield ("sequence_length",), f"{what}; shorten the rows, or raise that"


def _embedded_readers(study: Any, lineage: Lineage, name: str, model: PretrainedModel) -> Iterator[Mistake]:
    family = model.architecture.family
    readers = [] if family == EMBEDDED_FAMILY else filter(uses_embedded_network, backends_of(study, lineage, name))
    for reader in sorted(readers):
        what = f"is {family}, which {reader}, by the embedded network, does not compute; take family: {EMBEDDED_FAMILY}"
        yield ("models", name, "architecture", "family"), f"{what}, or sampler: transformers and network: transformers"
