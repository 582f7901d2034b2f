"""Jobs that ask a model a problem set, and keep the problems that it solves as often as the study wants."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.gate import rated
from gradus.graph.job import Job
from gradus.graph.sampler_jobs import answers_job
from gradus.specs.problems import KeepProblemsSpec
from gradus.specs.sampling import SampleProblemsSpec
from gradus.study.settings.problems import PassRateFilter, SubsetProblems
from gradus.study.writers import writer_of


def pass_rate_jobs(context: Context) -> Iterator[Job]:
    for name, problems in context.study.problems.items():
        if isinstance(problems, SubsetProblems) and (keep := problems.keep) is not None:
            yield _answers(context, name, problems, keep)
            yield _kept(context, name, problems, keep)


def _answers(context: Context, name: str, problems: SubsetProblems, keep: PassRateFilter) -> Job:
    """What the model answers: all that the set's other filters leave is asked, before `size` of it are drawn."""
    return answers_job(
        context,
        "sample_problems",
        f"problems/{name}.completions",
        SampleProblemsSpec,
        context.first_run(keep.by),
        sampler=writer_of(context.study, "problems", name, "keep").sampler,
        prompt=context.prompt(keep.prompt),
        drawn=keep,
        max_tokens=keep.max_tokens,
        seed=context.seeds.pass_rates(name),
        problems=[context.problems(problems.of)],
        obeys=rated(context, name),
        sets=[problems.of],
        set=name,
        filters=problems.model_copy(update={"keep": None, "size": None, "seed": None}),
    )


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
