"""Which backends read a model, and shapes that they could not compute: found before anything is trained or linked."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradus.models.config_names import GPT2
from gradus.provenance.errors import GradusError
from gradus.sampling.capabilities import sampler_capabilities
from gradus.study.asked import benchmarks_of
from gradus.study.extended import chain_of
from gradus.study.lineage import Lineage
from gradus.study.mistakes import Mistake
from gradus.study.replicates import others
from gradus.study.services import sampler_of, verifiers_sampler
from gradus.study.settings.models import EMBEDDED_FAMILY, FolderModel, MadeModel
from gradus.study.settings.training import Trained
from gradus.study.verifiers import rows
from gradus.study.writers import writers
from gradus.training.capabilities import backend_capabilities, reader_of, uses_embedded_network


def shape_mistakes(study: Any) -> Iterator[Mistake]:
    """Of models that are pretrained here, and of those in local folders that are there."""
    lineage = Lineage(study)
    for name, model in study.models.items():
        if isinstance(model, MadeModel):
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
    """The samplers and backends that read the files of the model, or of one that extends it; none on services."""
    asked: set[str] = set()
    trained: set[str] = set()
    shown = rows(study)
    begins = {one for one in study.models if name in chain_of(study.models, one)}
    for experiment, settings in study.experiments.items():
        if isinstance(settings, Trained) and backend_capabilities(settings.backend).service is None:
            read = (other for _, other in others(settings))
            trained |= {reader_of(settings) for other in read if lineage.root(other) in begins}
        if lineage.root(experiment) in begins:
            if experiment == study.votes.verifier:
                asked.add(verifiers_sampler(study))
            if experiment in shown:
                asked |= {sampler_of(study, experiment, benchmark) for benchmark in benchmarks_of(study, experiment)}
    asked |= {writer.sampler for writer in writers(study) if lineage.root(writer.name) in begins}
    here = {sampler for sampler in asked if sampler_capabilities(sampler).service is None}
    return here | trained


def _pretrained(model: MadeModel) -> Iterator[Mistake]:
    shape = model.architecture
    heads, shared = shape.num_attention_heads, shape.num_key_value_heads
    if heads % shared:
        what = f"has to divide num_attention_heads, {heads}, which share {shared} key and value heads evenly"
        yield ("architecture", "num_key_value_heads"), f"{what}; take a divisor"
    if shape.family == GPT2 and heads != shared:
        yield ("architecture", "num_key_value_heads"), f"gpt2 has one for each query head; set it to {heads}"
    if shape.family == GPT2 and heads * shape.head_dim != shape.hidden_size:
        what = f"of {heads} heads are {heads * shape.head_dim} wide, and gpt2's together as wide as hidden_size"
        yield ("architecture", "head_dim"), f"{what}, {shape.hidden_size}; change one of the three"
    if shape.family == GPT2 and getattr(model, "ternary", False):
        yield ("ternary",), "is not for gpt2, whose matrices are laid out otherwise; take family: llama"
    if shape.family != GPT2 and shape.head_dim % 2:
        yield ("architecture", "head_dim"), f"is odd ({shape.head_dim}): rotary embeddings turn pairs; take an even one"
    if (lowest := model.minimum_learning_rate) is not None and lowest > model.learning_rate:
        yield ("minimum_learning_rate",), f"is above learning_rate, {model.learning_rate:g}; lower it"
    if model.sequence_length > shape.max_position_embeddings:
        what = f"is beyond the model's max_position_embeddings, {shape.max_position_embeddings}"
        yield ("sequence_length",), f"{what}; shorten the rows, or raise that"


def _embedded_readers(study: Any, lineage: Lineage, name: str, model: MadeModel) -> Iterator[Mistake]:
    family = model.architecture.family
    readers = [] if family == EMBEDDED_FAMILY else filter(uses_embedded_network, backends_of(study, lineage, name))
    for reader in sorted(readers):
        what = f"is {family}, which {reader}, by the embedded network, does not compute; take family: {EMBEDDED_FAMILY}"
        yield ("models", name, "architecture", "family"), f"{what}, or sampler: transformers and network: transformers"
