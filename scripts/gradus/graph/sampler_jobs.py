"""Jobs that run a sampler on problems: for answers, whatever they are for, for likelihoods or for verdicts."""

from collections.abc import Iterable
from typing import Any

from gradus.graph.context import Context
from gradus.graph.job import Job, TrainingSet
from gradus.graph.prompts import prompt_modules
from gradus.sampling.capabilities import sampler_capabilities
from gradus.specs.evaluation import Protocol
from gradus.specs.prompts import PromptSpec
from gradus.specs.sampling import Drawn, MeasureLikelihoodsSpec, VerifySamplesSpec
from gradus.study.settings.evaluation import Votes
from gradus.study.settings.problems import PassRateFilter
from gradus.study.settings.traces import SampledTraces
from gradus.study.settings.truncation import truncation


def answers_job(
    context: Context,
    stage: str,
    here: str,
    kind: type[Drawn],
    run: str,
    *,
    prompt: PromptSpec,
    drawn: Protocol | Votes | SampledTraces | PassRateFilter,
    **further: Any,
) -> Job:
    """The job `here` that draws `run`'s answers to problems: an accuracy, votes, traces or a pass rate.

    drawn: how often each problem is asked, and at which temperature. further: what `model_job` takes, and what the
    settings of this kind of job have besides.
    """
    chosen: dict[str, Any] = {"samples": drawn.samples, "temperature": drawn.temperature, **truncation(drawn)}
    modules = prompt_modules(prompt)
    return model_job(context, stage, here, kind, run, "sampler", modules, prompt=prompt, **chosen, **further)


def model_job(
    context: Context,
    stage: str,
    here: str,
    kind: type[Drawn | MeasureLikelihoodsSpec | VerifySamplesSpec],
    run: str,
    part: str,
    modules: Iterable[str] = (),
    *,
    sampler: str,
    problems: list[str],
    obeys: Iterable[TrainingSet],
    **further: Any,
) -> Job:
    """The job `here` that runs `run` on the problems of these files.

    run: a model or a training run. part: which module of the sampler does it, `sampler`, `reader` or `chooser`.
    modules: code that it runs besides. further: what the settings of this kind of job have besides.
    """
    weights = context.lineage.weights(run)
    settings = kind(
        weights=context.weights(run, weights),
        sampler=sampler,
        service=context.on_service(sampler_capabilities(sampler).service, run),
        **further,
    )
    reads = {"weights": context.manifests(weights), "problems": problems}
    code = (f"gradus.sampling.{sampler}.{part}", *modules)
    return Job(stage, here, f"{context.root}/{here}.parquet", settings, code, reads, tuple(obeys))
