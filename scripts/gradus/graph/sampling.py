"""Jobs that sample an experiment on a benchmark, for its accuracy and for votes, or measure how likely options are."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.gate import seen_by
from gradus.graph.job import Job
from gradus.graph.sampler_jobs import answers_job, model_job
from gradus.specs.evaluation import Protocol
from gradus.specs.sampling import MeasureLikelihoodsSpec, SampleBenchmarkSpec
from gradus.study.services import sampler_of
from gradus.study.settings.evaluation import Votes
from gradus.study.settings.truncation import truncation
from gradus.study.truncation import truncation_of
from gradus.study.votes import voted_cells


def sampling_jobs(context: Context) -> Iterator[Job]:
    study, voted = context.unrolled, set(voted_cells(context.unrolled))
    for name, run in context.measured.items():
        for benchmark in context.asked(name):
            if study.benchmarks[benchmark].metric is not None:
                yield _likelihoods(context, name, benchmark)
                continue
            here = f"samples/{name}/{benchmark}"
            protocol = protocol_of(context, benchmark)
            seed = context.seeds.samples(run.experiment, benchmark)
            problems = context.benchmark_problems(benchmark)
            yield _sampling(context, here, name, benchmark, problems, protocol, seed)
            if (name, benchmark) in voted:
                votes, seed = study.votes, context.seeds.vote_samples(run.experiment, benchmark)
                here, problems = f"{here}.votes", context.vote_problems(benchmark)
                yield _sampling(context, here, name, benchmark, problems, votes, seed)


def protocol_of(context: Context, name: str) -> Protocol:
    """How a benchmark's answers are drawn, as its scores tell: one greedy answer, or several at a temperature."""
    benchmark = context.study.benchmarks[name]
    temperature = context.study.sampling.temperature if benchmark.temperature is None else benchmark.temperature
    chosen = truncation(truncation_of(context.study, name))
    return Protocol(temperature=temperature, max_tokens=benchmark.max_tokens, samples=benchmark.samples, **chosen)


def _sampling(
    context: Context,
    here: str,
    run: str,
    benchmark: str,
    problems: str,
    drawn: Protocol | Votes,
    seed: int,
) -> Job:
    return answers_job(
        context,
        "sample_benchmark",
        here,
        SampleBenchmarkSpec,
        run,
        sampler=sampler_of(context.unrolled, run, benchmark),
        prompt=context.benchmark_prompt(run, benchmark),
        drawn=drawn,
        max_tokens=context.study.benchmarks[benchmark].max_tokens,
        seed=seed,
        problems=[problems],
        obeys=seen_by(context, run),
    )


def _likelihoods(context: Context, run: str, benchmark: str) -> Job:
    return model_job(
        context,
        "measure_likelihoods",
        f"likelihoods/{run}/{benchmark}",
        MeasureLikelihoodsSpec,
        run,
        "reader",
        sampler=sampler_of(context.unrolled, run, benchmark),
        problems=[context.benchmark_problems(benchmark)],
        obeys=seen_by(context, run),
    )
