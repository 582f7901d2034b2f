"""Jobs that make, fetch and copy models; training is in `training.py`."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.job import Job
from gradus.graph.origins import fetch_settings
from gradus.specs.models import DequantizeModelSpec, ExportModelSpec, PretrainSpec, TakeCheckpointSpec
from gradus.study.checkpoints import METRICS
from gradus.study.lineage import NF4_BF16, Weights
from gradus.study.own_results import own_result
from gradus.study.settings.models import EMBEDDED_FAMILY, PretrainedModel
from gradus.training.capabilities import backend_capabilities


def model_jobs(context: Context) -> Iterator[Job]:
    """The models that a study starts from."""
    study = context.study
    for name, model in study.models.items():
        here, manifest = f"models/{name}", context.manifest(name)
        if isinstance(model, PretrainedModel):
            # The tokenizer's text is drawn with the study's seed for all models alike: same world, same vocabulary.
            seeds = {"seed": context.seed("models", name), "tokenizer_seed": context.seed("tokenizer")}
            settings = PretrainSpec(**model.model_dump(include=set(PretrainSpec.model_fields)), **seeds)
            yield Job("pretrain", here, manifest, settings, (_untrained(model),))
        else:
            own = own_result(study.study, getattr(model, "path", None))
            fetched = fetch_settings(study, context.lineage, name, context.lock)
            yield Job("fetch_model", here, manifest, fetched, reads={"folder": [own] if own else []})


def _untrained(model: PretrainedModel) -> str:
    """The module that makes it before its pretraining."""
    embedded = model.architecture.family == EMBEDDED_FAMILY
    return next(n.untrained for n in backend_capabilities("torch").networks.values() if n.embedded == embedded)


def derived_model_jobs(context: Context) -> Iterator[Job]:
    """Checkpoints that experiments start from, and what adapters of QLoRA were trained beside, as models."""
    lineage = context.lineage
    for name, (parent, chosen) in lineage.checkpoints().items():
        metric = METRICS[context.study.experiments[parent].stage]
        settings = TakeCheckpointSpec(experiment=parent, checkpoint=chosen, metric=metric)
        yield Job("take_checkpoint", f"models/{name}", context.manifest(name), settings)
    for name, base in lineage.dequantized().items():
        weights = context.weights(base.partition(".at-")[0], Weights(base))
        precision = "bfloat16" if name.endswith(NF4_BF16) else "float32"
        dense = DequantizeModelSpec(weights=weights, precision=precision)
        reads = {"weights": context.manifests(Weights(base))}
        yield Job("dequantize_model", f"models/{name}", context.manifest(name), dense, reads=reads)


def export_jobs(context: Context) -> Iterator[Job]:
    """Made only where they are asked for."""
    for name in context.study.experiments:
        weights = context.lineage.weights(name)
        settings = ExportModelSpec(experiment=name, weights=context.weights(name, weights))
        reads = {"weights": context.manifests(weights)}
        yield Job("export_model", f"export/{name}", f"{context.root}/export/{name}", settings, reads=reads)
