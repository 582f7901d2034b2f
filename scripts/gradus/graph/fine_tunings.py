"""The job that tells the losses of supervised fine-tunings, and of pretraining on text."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.evaluation import runs_of
from gradus.graph.job import Job
from gradus.specs.evaluation import MakeStagesTableSpec, TrainedStage
from gradus.study.references import published_from
from gradus.study.settings.models import TextModel
from gradus.study.settings.published import PublishedLosses
from gradus.study.settings.training import Sft, trace_weights


def fine_tunings(context: Context) -> dict[str, Sft]:
    """The experiments that are supervised fine-tunings, rows of the tables or not."""
    return {name: e for name, e in context.study.experiments.items() if isinstance(e, Sft)}


def text_models(context: Context) -> dict[str, TextModel]:
    """The models that are pretrained on a text."""
    return {name: model for name, model in context.study.models.items() if isinstance(model, TextModel)}


def stages_jobs(context: Context) -> Iterator[Job]:
    """None where the study has neither."""
    study, found, models = context.study, fine_tunings(context), text_models(context)
    if not found and not models:
        return
    stages = [
        TrainedStage(experiment=name, title=model.title or name, parent="", number=0, traces=[model.text], runs=[name])
        for name, model in models.items()
    ]
    stages += [
        TrainedStage(
            experiment=name,
            title=e.title or name,
            parent=e.parent,
            number=sum(step in found for step in _way_to(context, name)),
            traces=list(trace_weights(e.traces)),
            runs=runs_of(context, name),
            published=e.reference_losses or PublishedLosses(),
        )
        for name, e in found.items()
    ]
    parents = {stage.parent for stage in stages}
    titles = {name: e.title or name for name, e in (study.models | study.experiments).items() if name in parents}
    source = published_from(study) if any(e.reference_losses for e in found.values()) else {}
    settings = MakeStagesTableSpec(stages=stages, titles=titles, **source)
    reads = {"measured": context.below(*(f"models/{run}/metrics.jsonl" for stage in stages for run in stage.runs))}
    yield Job("make_stages_table", "stages", f"{context.root}/stages.csv", settings, reads=reads)


def _way_to(context: Context, name: str) -> Iterator[str]:
    """The experiment, the one that it starts from, and so on to the first one."""
    while name in context.study.experiments:
        yield name
        name = context.study.experiments[name].parent
