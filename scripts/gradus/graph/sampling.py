"""Jobs that sample an experiment on a benchmark: for its accuracy, and for votes."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.gate import seen_by
from gradus.graph.job import Job
from gradus.sampling.capabilities import sampler_capabilities
from gradus.specs.evaluation import Protocol
from gradus.specs.sampling import SampleBenchmarkSpec
from gradus.study.services import sampler_of
from gradus.study.votes import voted_cells


def sampling_jobs(context: Context) -> Iterator[Job]:
    study, voted = context.study, set(voted_cells(context.study))
    for experiment in study.experiments:
        for benchmark in study.benchmarks:
            here = f"samples/{experiment}/{benchmark}"
            protocol = protocol_of(context, benchmark)
            seed = context.seed("samples", experiment, benchmark)
            problems = context.benchmark_problems(benchmark)
            yield _sampling(
                context, here, experiment, benchmark, problems, protocol.temperature, protocol.samples, seed
            )
            if (experiment, benchmark) in voted:
                votes, seed = study.votes, context.seed("votes", experiment, benchmark)
                here, problems = f"{here}.votes", context.vote_problems(benchmark)
                yield _sampling(context, here, experiment, benchmark, problems, votes.temperature, votes.samples, seed)


def protocol_of(context: Context, name: str) -> Protocol:
    """How a benchmark's answers are drawn, as its scores tell: one greedy answer, or several at a temperature."""
    benchmark = context.study.benchmarks[name]
    temperature = context.study.sampling.temperature if benchmark.temperature is None else benchmark.temperature
    return Protocol(temperature=temperature, max_tokens=benchmark.max_tokens, samples=benchmark.samples)


def sampler_modules(sampler: str) -> tuple[str, ...]:
    return (f"gradus.sampling.{sampler}.sampler",)


def _sampling(
    context: Context,
    here: str,
    experiment: str,
    benchmark: str,
    problems: str,
    temperature: float,
    samples: int,
    seed: int,
) -> Job:
    weights, chosen = context.lineage.weights(experiment), context.study.benchmarks[benchmark]
    sampler = sampler_of(context.study, experiment, benchmark)
    settings = SampleBenchmarkSpec(
        weights=context.weights(experiment, weights),
        sampler=sampler,
        prompt=context.prompt(chosen.prompt),
        samples=samples,
        temperature=temperature,
        max_tokens=chosen.max_tokens,
        seed=seed,
        service=context.on_service(sampler_capabilities(sampler).service, experiment),
    )
    reads = {"weights": context.manifests(weights), "problems": [problems]}
    modules, out = sampler_modules(sampler), f"{context.root}/{here}.parquet"
    return Job("sample_benchmark", here, out, settings, modules, reads, tuple(seen_by(context, experiment)))
