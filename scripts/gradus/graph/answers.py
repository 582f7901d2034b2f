"""Jobs that ask a model problems, whatever its answers are for: an accuracy, votes, traces or a pass rate."""

from collections.abc import Iterable
from typing import Any

from gradus.graph.context import Context
from gradus.graph.job import Job, TrainingSet
from gradus.graph.prompts import prompt_modules
from gradus.sampling.capabilities import sampler_capabilities
from gradus.specs.evaluation import Protocol
from gradus.specs.prompts import PromptSpec
from gradus.specs.sampling import Drawn
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
    sampler: str,
    prompt: PromptSpec,
    drawn: Protocol | Votes | SampledTraces | PassRateFilter,
    max_tokens: int,
    seed: int,
    problems: list[str],
    obeys: Iterable[TrainingSet],
    **further: Any,
) -> Job:
    """The job `here` that draws `run`'s answers to the problems of these files.

    run: a model or a training run. drawn: how often each problem is asked, and at which temperature. further: what the
    settings of this kind of job have besides.
    """
    weights = context.lineage.weights(run)
    settings = kind(
        weights=context.weights(run, weights),
        sampler=sampler,
        prompt=prompt,
        samples=drawn.samples,
        temperature=drawn.temperature,
        **truncation(drawn),
        max_tokens=max_tokens,
        seed=seed,
        service=context.on_service(sampler_capabilities(sampler).service, run),
        **further,
    )
    reads = {"weights": context.manifests(weights), "problems": problems}
    modules = (f"gradus.sampling.{sampler}.sampler", *prompt_modules(prompt))
    return Job(stage, here, f"{context.root}/{here}.parquet", settings, modules, reads, tuple(obeys))
