"""Jobs that make, fetch and copy models; training is in `training.py`."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.corpora import tokenizer_file
from gradus.graph.gate import read_by, training_file
from gradus.graph.job import Job
from gradus.graph.origins import fetch_settings, import_settings
from gradus.graph.texts import shards_file
from gradus.specs.derived import NF4_BF16, owner
from gradus.specs.models import (
    DequantizeModelSpec,
    ExportModelSpec,
    ExtendModelSpec,
    MergeAdapterSpec,
    PretrainSpec,
    PretrainTextSpec,
    TakeCheckpointSpec,
)
from gradus.study.checkpoints import METRICS
from gradus.study.corpora import shards_of
from gradus.study.extended import family_spec
from gradus.study.lineage import Weights
from gradus.study.own_results import own_result
from gradus.study.settings.models import EMBEDDED_FAMILY, ExtendedModel, NanogptModel, PretrainedModel, TextModel
from gradus.training.capabilities import backend_capabilities

TEXT_TRAINING = ("gradus.training.torch.pretrain_text", "gradus.training.torch.module.untrained")
"""The loop that pretrains on a text, and what makes the model before it: any decoder of transformers."""


def model_jobs(context: Context) -> Iterator[Job]:
    """The models that a study starts from."""
    study = context.study
    for name, model in study.models.items():
        here, manifest = f"models/{name}", context.manifest(name)
        if isinstance(model, ExtendedModel):
            tokens, origin = family_spec(model.tokens), context.origin(name)
            extended = ExtendModelSpec(of=model.of, origin=origin, tokens=tokens, initial=model.initial)
            yield Job("extend_model", here, manifest, extended, reads={"of": [context.manifest(model.of)]})
        elif isinstance(model, PretrainedModel):
            said = model.model_dump(include=PretrainSpec.model_fields.keys() - {"seed"})
            settings = PretrainSpec(**said, seed=context.seeds.model(name))
            reads = {"tokenizer": [tokenizer_file(context, name)], "corpus": [training_file(context, "corpora", name)]}
            obeys = tuple(read_by(context, name))
            yield Job("pretrain", here, manifest, settings, (_untrained(model),), reads, obeys)
        elif isinstance(model, TextModel):
            said = model.model_dump(include=PretrainTextSpec.model_fields.keys() - {"seed"})
            shards = f"shards/{shards_of(study, name)}"
            pretrained = PretrainTextSpec(**said, shards=shards, seed=context.seeds.model(name))
            reads = {"shards": [shards_file(context, name)]}
            obeys = tuple(read_by(context, name))
            yield Job("pretrain_text", here, manifest, pretrained, TEXT_TRAINING, reads, obeys)
        elif isinstance(model, NanogptModel):
            imported = import_settings(model)
            reads = {"tokenizer": [context.manifest(model.tokenizer)]}
            yield Job("import_nanogpt", here, manifest, imported, reads=reads)
        else:
            own = own_result(study.study, getattr(model, "path", None))
            fetched = fetch_settings(study, context.lineage, name, context.lock)
            yield Job("fetch_model", here, manifest, fetched, reads={"folder": [own] if own else []})


def _untrained(model: PretrainedModel) -> str:
    """The module that makes it before its pretraining."""
    embedded = model.architecture.family == EMBEDDED_FAMILY and not model.ternary
    return next(n.untrained for n in backend_capabilities("torch").networks.values() if n.embedded == embedded)


def derived_model_jobs(context: Context) -> Iterator[Job]:
    """Checkpoints that experiments start from, adapters merged for new ones, and what adapters of QLoRA were trained
    beside, as models."""
    lineage = context.lineage
    for name, (parent, chosen) in lineage.checkpoints().items():
        metric = METRICS[context.unrolled.experiments[parent].stage]
        settings = TakeCheckpointSpec(experiment=parent, checkpoint=chosen, metric=metric)
        yield Job("take_checkpoint", f"models/{name}", context.manifest(name), settings)
    for name, parts in lineage.merged().items():
        merging = MergeAdapterSpec(weights=context.weights(owner(name), parts))
        reads = {"weights": context.manifests(parts)}
        yield Job("merge_adapter", f"models/{name}", context.manifest(name), merging, reads=reads)
    for name, base in lineage.dequantized().items():
        weights = context.weights(owner(base), Weights(base))
        precision = "bfloat16" if name.endswith(NF4_BF16) else "float32"
        dense = DequantizeModelSpec(weights=weights, precision=precision)
        reads = {"weights": context.manifests(Weights(base))}
        yield Job("dequantize_model", f"models/{name}", context.manifest(name), dense, reads=reads)


def export_jobs(context: Context) -> Iterator[Job]:
    """Made only where they are asked for."""
    for name in context.unrolled.experiments:
        weights = context.lineage.weights(name)
        settings = ExportModelSpec(experiment=name, weights=context.weights(name, weights))
        reads = {"weights": context.manifests(weights)}
        yield Job("export_model", f"export/{name}", f"{context.root}/export/{name}", settings, reads=reads)
