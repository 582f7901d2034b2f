"""Jobs that ask a model a problem set, and keep the problems that it solves as often as the study wants."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.gate import rated
from gradus.graph.job import Job
from gradus.graph.prompts import prompt_modules
from gradus.graph.sampling import sampler_modules
from gradus.sampling.capabilities import sampler_capabilities
from gradus.specs.problems import KeepProblemsSpec
from gradus.specs.sampling import SampleProblemsSpec
from gradus.study.settings.problems import PassRateFilter, SubsetProblems
from gradus.study.settings.truncation import truncation
from gradus.study.writers import writer_of


def pass_rate_jobs(context: Context) -> Iterator[Job]:
    for name, problems in context.study.problems.items():
        if isinstance(problems, SubsetProblems) and (keep := problems.keep) is not None:
            yield _answers(context, name, problems, keep)
            yield _kept(context, name, problems, keep)


def _answers(context: Context, name: str, problems: SubsetProblems, keep: PassRateFilter) -> Job:
    """What the model answers: all that the set's other filters leave is asked, before `size` of it are drawn."""
    model = context.first_run(keep.by)
    weights, sampler = context.lineage.weights(model), writer_of(context.study, "problems", name, "keep").sampler
    prompt = context.prompt(keep.prompt)
    settings = SampleProblemsSpec(
        weights=context.weights(model, weights),
        sampler=sampler,
        prompt=prompt,
        samples=keep.samples,
        temperature=keep.temperature,
        **truncation(keep),
        max_tokens=keep.max_tokens,
        seed=context.seeds.pass_rates(name),
        service=context.on_service(sampler_capabilities(sampler).service, model),
        sets=[problems.of],
        set=name,
        filters=problems.model_copy(update={"keep": None, "size": None, "seed": None}),
    )
    reads = {"weights": context.manifests(weights), "problems": [context.problems(problems.of)]}
    here = f"problems/{name}.completions"
    modules, out = (*sampler_modules(sampler), *prompt_modules(prompt)), f"{context.root}/{here}.parquet"
    return Job("sample_problems", here, out, settings, modules, reads, tuple(rated(context, name)))


def _kept(context: Context, name: str, problems: SubsetProblems, keep: PassRateFilter) -> Job:
    settings = KeepProblemsSpec(
        set=name,
        seed=context.seeds.problems(name),
        problems=problems.model_copy(update={"keep": None, "seed": None}),
        pass_rate=keep.pass_rate,
        by=keep.by,
        grading=context.study.grading,
    )
    reads = {"problems": [context.problems(problems.of)]}
    return Job("keep_problems", f"problems/{name}", context.problems(name), settings, reads=reads, verdicts=True)
