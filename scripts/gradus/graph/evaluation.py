"""Jobs that grade samples, count votes, compare experiments and make the tables."""

from collections.abc import Iterator
from typing import Any

from gradus.graph.comparisons import compared_pairs
from gradus.graph.context import Context
from gradus.graph.job import Job
from gradus.graph.prompts import injection_modules_of
from gradus.graph.sampling import protocol_of
from gradus.graph.verifying import scores_file
from gradus.rewards.compose import reward_modules
from gradus.specs import evaluation as specs
from gradus.study.references import published, published_from, published_votes
from gradus.study.rewards import reward_parts
from gradus.study.verifiers import OF_VERIFIER
from gradus.study.votes import voted_cells


def score_jobs(context: Context) -> Iterator[Job]:
    study = context.study
    for run, benchmark in cells(context):
        here, chosen = f"{run}/{benchmark}", study.benchmarks[benchmark]
        if chosen.metric is not None:
            by_metric = specs.ScoreLikelihoodsSpec(
                experiment=run,
                benchmark=benchmark,
                metric=chosen.metric,
                cluster=chosen.cluster,
                parts=chosen.parts,
            )
            reads = {"problems": [context.benchmark_problems(benchmark)]}
            yield Job("score_likelihoods", f"eval/{here}", f"{context.root}/eval/{here}.json", by_metric, reads=reads)
            continue
        prompt = context.benchmark_prompt(run, benchmark)
        settings = specs.ScoreSamplesSpec(
            experiment=run,
            benchmark=benchmark,
            grading=chosen.grading or study.grading,
            cluster=chosen.cluster,
            parts=chosen.parts,
            protocol=protocol_of(context, benchmark),
            prompt=prompt,
        )
        tokenizer = context.manifest(context.lineage.root(run))
        reads = {"problems": [context.benchmark_problems(benchmark)], "tokenizer": [tokenizer]}
        modules = injection_modules_of(prompt)
        yield Job("score_samples", f"eval/{here}", f"{context.root}/eval/{here}.json", settings, modules, reads)


def vote_jobs(context: Context) -> Iterator[Job]:
    """None where the study does not vote at all."""
    study = context.study
    by_verifier = any(name in study.votes.weights for name in OF_VERIFIER)
    for run, benchmark in voted_cells(context.unrolled):
        here, chosen = f"votes/{run}/{benchmark}", study.benchmarks[benchmark]
        rewards = reward_parts(study.votes.rewards) if "reward" in study.votes.weights else {}
        settings = specs.CountVotesSpec(
            experiment=run,
            benchmark=benchmark,
            k=study.votes.k,
            weights=study.votes.weights,
            max_tokens=chosen.max_tokens,
            rewards=rewards,
            grading=chosen.grading or study.grading,
            seed=context.seeds.vote_count(context.replicates.by_name[run].experiment, benchmark),
        )
        scores = [scores_file(context, run, benchmark)] if by_verifier else []
        reads = {"problems": [context.vote_problems(benchmark)], "scores": scores}
        yield Job("count_votes", here, f"{context.root}/{here}.json", settings, reward_modules(rewards), reads)
    yield from _vote_tables(context)


def _vote_tables(context: Context) -> Iterator[Job]:
    study, voted = context.study, voted_cells(context.study)
    if not voted:
        return
    titles = {name: e.title or name for name, e in context.rows.items()}
    titles |= {name: b.title or name for name, b in study.benchmarks.items()}
    entries = [
        specs.VotedExperiment(
            experiment=name,
            benchmark=benchmark,
            runs=runs_of(context, name),
            trained=context.replicates.is_trained(name),
        )
        for name, benchmark in voted
    ]
    table = specs.MakeVotesTableSpec(
        votes=entries, temperature=study.votes.temperature, titles=titles, **published_votes(study)
    )
    reads = {"votes": context.below(*(f"votes/{run}/{e.benchmark}.json" for e in entries for run in e.runs))}
    yield Job("make_votes_table", "votes", f"{context.root}/votes.csv", table, reads=reads)
    if study.votes.verifier is not None:
        several = {
            run: f"{titles[e.experiment]}, seed {context.replicates.by_name[run].seed}"
            for e in entries
            if len(e.runs) > 1
            for run in e.runs
        }
        settings = specs.MakeVerifierTableSpec(titles=titles | several)
        yield Job("make_verifier_table", "verifier", f"{context.root}/verifier.csv", settings, reads=reads)


def table_jobs(context: Context) -> Iterator[Job]:
    study, root = context.study, context.root
    runs = {name: runs_of(context, name) for name in context.rows}
    evals = context.below(*(f"eval/{e}/{b}.json" for e, b in cells(context)))
    verdicts = context.below(*(f"eval/{e}/{b}.verdicts.parquet" for e, b in cells(context)))
    compared = specs.CompareExperimentsSpec(
        runs=runs,
        benchmarks=list(study.benchmarks),
        compared=compared_pairs(study),
        family=study.comparisons.family,
        margin=None if study.comparisons.margin is None else study.comparisons.margin / 100,
    )
    reads = {"verdicts": verdicts}
    yield Job("compare_experiments", "comparisons", f"{root}/comparisons.csv", compared, reads=reads)
    written = [name for name, benchmark in study.benchmarks.items() if benchmark.metric is None]
    graded = context.below(*(f"eval/{e}/{b}.verdicts.parquet" for e, b in written_cells(context)))
    measured = specs.MeasureCompletionsSpec(runs=runs, benchmarks=written)
    reads = {"verdicts": graded}
    yield Job("measure_completions", "lengths", f"{root}/lengths.csv", measured, reads=reads)
    judged = specs.CompareGradersSpec(
        runs=runs,
        benchmarks=[(name, study.benchmarks[name].problems) for name in written],
        pairs=study.second_opinion.pairs,
    )
    reads = {
        "verdicts": graded,
        "samples": context.below(*(f"samples/{e}/{b}.parquet" for e, b in written_cells(context))),
        "problems": sorted({context.benchmark_problems(name) for name in written}),
    }
    yield Job("compare_graders", "second_opinion", f"{root}/second_opinion.json", judged, reads=reads)
    table = specs.MakeAblationSpec(**table_settings(context))
    reads = {"evals": evals, "verdicts": verdicts}
    yield Job("make_ablation", "ablation", f"{root}/ablation.json", table, reads=reads)


def cells(context: Context) -> list[tuple[str, str]]:
    """Every (run, benchmark) that is measured."""
    return [(run, b) for run in context.measured for b in context.asked(run)]


def written_cells(context: Context) -> list[tuple[str, str]]:
    """Those whose answers are written and graded."""
    return [(run, b) for run, b in cells(context) if context.study.benchmarks[b].metric is None]


def runs_of(context: Context, experiment: str) -> list[str]:
    return [run.name for run in context.replicates.runs(experiment)]


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
            runs=runs_of(context, name),
            trained=context.replicates.is_trained(name),
            asked=e.benchmarks,
            **published(e),
        )
        for name, e in context.rows.items()
    ]
    columns = [
        specs.TableBenchmark(name=name, title=b.title or name, metric=b.metric, parts=b.parts)
        for name, b in study.benchmarks.items()
    ]
    return {
        "study": study.study,
        "title": study.title or study.study,
        "seed": study.seed,
        "benchmarks": columns,
        "experiments": rows,
        "baseline": study.comparisons.baseline,
        "family": study.comparisons.family,
    } | published_from(study)
