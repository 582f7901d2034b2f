"""Jobs of the verifier: the score of every sample that a run votes with."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.gate import seen_by
from gradus.graph.job import Job
from gradus.sampling.capabilities import sampler_capabilities
from gradus.specs.sampling import VerifySamplesSpec
from gradus.study.services import verifiers_sampler
from gradus.study.verifiers import question_of
from gradus.study.votes import voted_cells


def verify_jobs(context: Context) -> Iterator[Job]:
    """None where the study names no verifier."""
    study, verifier = context.study, context.study.votes.verifier
    if verifier is None:
        return
    sampler = verifiers_sampler(study)
    runs = {run.seed: run.name for run in context.replicates.runs(verifier)}
    for voted, benchmark in voted_cells(context.unrolled):
        # As a run starts from its parent's run of the same seed: a table's runs then share as little as they can.
        scorer = runs.get(context.replicates.by_name[voted].seed, context.first_run(verifier))
        weights, here = context.lineage.weights(scorer), f"samples/{voted}/{benchmark}.scores"
        settings = VerifySamplesSpec(
            weights=context.weights(scorer, weights),
            sampler=sampler,
            max_tokens=study.benchmarks[benchmark].max_tokens,
            service=context.on_service(sampler_capabilities(sampler).service, scorer),
            experiment=voted,
            benchmark=benchmark,
            question=question_of(study, verifier),
        )
        reads = {"weights": context.manifests(weights), "problems": [context.vote_problems(benchmark)]}
        modules, out = (f"gradus.sampling.{sampler}.chooser",), scores_file(context, voted, benchmark)
        yield Job("verify_samples", here, out, settings, modules, reads, tuple(seen_by(context, scorer)))


def scores_file(context: Context, run: str, benchmark: str) -> str:
    return f"{context.root}/samples/{run}/{benchmark}.scores.parquet"
