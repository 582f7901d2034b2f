"""Majority votes, plain and weighted, and pass@k of an experiment on a benchmark."""

from gradus.evaluation.judging import judge, write_verdicts
from gradus.evaluation.scores import read_score
from gradus.evaluation.verdicts import read_verdicts
from gradus.evaluation.verifiers.metrics import measured
from gradus.evaluation.verifiers.scores import read_scores
from gradus.evaluation.votes.scores import QuestionVotes, count_votes
from gradus.evaluation.votes.weights import vote_weights
from gradus.grading.verdict import group_equivalent
from gradus.problems.table import read_problems
from gradus.provenance.files import sha256_file, write_json
from gradus.provenance.job import Job, run
from gradus.sampling.samples import read_samples
from gradus.specs.evaluation import CountVotesSpec


def build(job: Job[CountVotesSpec]) -> None:
    settings = job.settings
    problems = read_problems(job.path("problems"))
    samples = read_samples(job.path("samples"))
    verdicts = judge(job.path("samples"), samples, problems, settings.grading.methods)
    write_verdicts(job.path("graded"), verdicts)
    scored = job.optional("scores")
    scores = [] if scored is None else read_scores(scored, samples)
    weights = vote_weights(
        settings.weights, samples, verdicts.answers, settings.rewards, settings.max_tokens, scores=scores
    )
    rows: dict[str, list[int]] = {}
    for row, identifier in enumerate(verdicts.ids):
        rows.setdefault(identifier, []).append(row)
    questions = [
        QuestionVotes(
            identifier,
            group_equivalent([verdicts.answers[row] for row in rows[identifier]]),
            marks,
            {name: [values[row] for row in rows[identifier]] for name, values in weights.items()},
        )
        for identifier, marks in verdicts.by_question().items()
    ]
    votes = count_votes(
        questions,
        experiment=settings.experiment,
        benchmark=settings.benchmark,
        ks=settings.k,
        seed=settings.seed,
        greedy=read_verdicts(job.path("verdicts")),
        greedy_temperature=read_score(job.path("greedy"))["protocol"]["temperature"],
    )
    votes["digests"] = {"samples": sha256_file(job.path("samples")), "verdicts": sha256_file(job.path("graded"))}
    if scored is not None:
        votes["verifier"] = measured(verdicts, scores)
    write_json(job.path("out"), votes)


if __name__ == "__main__":
    run(build, CountVotesSpec)
