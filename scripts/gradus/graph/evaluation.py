"""Jobs that grade samples, count votes, compare experiments and make the tables."""

from collections.abc import Iterator
from typing import Any

from gradus.graph.context import Context
from gradus.graph.job import Job
from gradus.graph.sampling import protocol_of
from gradus.rewards.compose import reward_modules
from gradus.specs import evaluation as specs
from gradus.study.references import published, published_from, published_votes
from gradus.study.rewards import reward_parts
from gradus.study.votes import voted_cells


def score_jobs(context: Context) -> Iterator[Job]:
    study = context.study
    for experiment, benchmark in cells(context):
        here, chosen = f"{experiment}/{benchmark}", study.benchmarks[benchmark]
        settings = specs.ScoreSamplesSpec(
            experiment=experiment,
            benchmark=benchmark,
            grading=chosen.grading or study.grading,
            protocol=protocol_of(context, benchmark),
            prompt=context.prompt(chosen.prompt),
        )
        tokenizer = context.manifest(context.lineage.root(experiment))
        reads = {"problems": [context.benchmark_problems(benchmark)], "tokenizer": [tokenizer]}
        yield Job("score_samples", f"eval/{here}", f"{context.root}/eval/{here}.json", settings, reads=reads)


def vote_jobs(context: Context) -> Iterator[Job]:
    """None where the study does not vote at all."""
    study, voted = context.study, voted_cells(context.study)
    for experiment, benchmark in voted:
        here, chosen = f"votes/{experiment}/{benchmark}", study.benchmarks[benchmark]
        rewards = reward_parts(study.votes.rewards) if "reward" in study.votes.weights else {}
        settings = specs.CountVotesSpec(
            experiment=experiment,
            benchmark=benchmark,
            k=study.votes.k,
            weights=study.votes.weights,
            max_tokens=chosen.max_tokens,
            rewards=rewards,
            grading=chosen.grading or study.grading,
            seed=context.seed("count", experiment, benchmark),
        )
        reads = {"problems": [context.vote_problems(benchmark)]}
        yield Job("count_votes", here, f"{context.root}/{here}.json", settings, reward_modules(rewards), reads)
    if voted:
        titles = {name: e.title or name for name, e in study.experiments.items()}
        titles |= {name: b.title or name for name, b in study.benchmarks.items()}
        table = specs.MakeVotesTableSpec(
            votes=voted, temperature=study.votes.temperature, titles=titles, **published_votes(study)
        )
        reads = {"votes": context.below(*(f"votes/{e}/{b}.json" for e, b in voted))}
        yield Job("make_votes_table", "votes", f"{context.root}/votes.csv", table, reads=reads)


def table_jobs(context: Context) -> Iterator[Job]:
    study, root = context.study, context.root
    evals = context.below(*(f"eval/{e}/{b}.json" for e, b in cells(context)))
    verdicts = context.below(*(f"eval/{e}/{b}.verdicts.parquet" for e, b in cells(context)))
    compared = specs.CompareExperimentsSpec(
        experiments=list(study.experiments),
        benchmarks=list(study.benchmarks),
        pairs=[(a, b) for a, b in study.comparisons.pairs],
        baseline=study.comparisons.baseline,
        seed=context.seed("comparisons"),
    )
    reads = {"verdicts": verdicts}
    yield Job("compare_experiments", "comparisons", f"{root}/comparisons.csv", compared, reads=reads)
    measured = specs.MeasureCompletionsSpec(experiments=list(study.experiments), benchmarks=list(study.benchmarks))
    yield Job("measure_completions", "lengths", f"{root}/lengths.csv", measured, reads=reads)
    judged = specs.CompareGradersSpec(
        experiments=list(study.experiments),
        benchmarks=[(name, benchmark.problems) for name, benchmark in study.benchmarks.items()],
        pairs=study.second_opinion.pairs,
    )
    reads = {
        "verdicts": verdicts,
        "samples": context.below(*(f"samples/{e}/{b}.parquet" for e, b in cells(context))),
        "problems": sorted({context.benchmark_problems(name) for name in study.benchmarks}),
    }
    yield Job("compare_graders", "second_opinion", f"{root}/second_opinion.json", judged, reads=reads)
    table = specs.MakeAblationSpec(**table_settings(context))
    reads = {"evals": evals, "verdicts": verdicts}
    yield Job("make_ablation", "ablation", f"{root}/ablation.json", table, reads=reads)


def cells(context: Context) -> list[tuple[str, str]]:
    """Every (experiment, benchmark) of the table."""
    return [(e, b) for e in context.study.experiments for b in context.study.benchmarks]


def table_settings(context: Context) -> dict[str, Any]:
    """Rows and columns of the ablation table, for the settings of `specs.Table`."""
    study = context.study
    rows = [
        specs.TableExperiment(
            name=name,
            title=e.title or name,
            description=e.description,
            parent=e.parent,
            checkpoint=e.checkpoint,
            stage=e.stage,
            backend=getattr(e, "backend", ""),
            method=getattr(e, "method", ""),
            **published(e),
        )
        for name, e in study.experiments.items()
    ]
    columns = [specs.TableBenchmark(name=name, title=b.title or name) for name, b in study.benchmarks.items()]
    return {
        "study": study.study,
        "title": study.title or study.study,
        "seed": study.seed,
        "benchmarks": columns,
        "experiments": rows,
        "baseline": study.comparisons.baseline,
    } | published_from(study)
