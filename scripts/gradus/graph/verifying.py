"""Jobs of the verifier: the score of every sample that a run votes with."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.gate import seen_by
from gradus.graph.job import Job
from gradus.graph.sampler_jobs import model_job
from gradus.specs.sampling import VerifySamplesSpec
from gradus.study.services import verifiers_sampler
from gradus.study.verifiers import question_of
from gradus.study.votes import voted_cells


def verify_jobs(context: Context) -> Iterator[Job]:
    """None where the study names no verifier."""
    study, verifier = context.study, context.study.votes.verifier
    if verifier is None:
        return
    runs = {run.seed: run.name for run in context.replicates.runs(verifier)}
    for voted, benchmark in voted_cells(context.unrolled):
        # As a run starts from its parent's run of the same seed: a table's runs then share as little as they can.
        scorer = runs.get(context.replicates.by_name[voted].seed, context.first_run(verifier))
        yield model_job(
            context,
            "verify_samples",
            _scores(voted, benchmark),
            VerifySamplesSpec,
            scorer,
            "chooser",
            sampler=verifiers_sampler(study),
            problems=[context.vote_problems(benchmark)],
            obeys=seen_by(context, scorer),
            max_tokens=study.benchmarks[benchmark].max_tokens,
            experiment=voted,
            benchmark=benchmark,
            question=question_of(study, verifier),
        )


def scores_file(context: Context, run: str, benchmark: str) -> str:
    return f"{context.root}/{_scores(run, benchmark)}.parquet"


def _scores(run: str, benchmark: str) -> str:
    return f"samples/{run}/{benchmark}.scores"
