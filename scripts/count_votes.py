"""Majority votes and pass@k of an experiment on a benchmark."""

from gradus.evaluation.judging import judge
from gradus.evaluation.vote_scores import QuestionVotes, summarise_votes
from gradus.grading.verdict import group_equivalent
from gradus.problems.table import read_problems
from gradus.provenance.files import read_json, sha256_file, write_json
from gradus.provenance.job import Job, run
from gradus.sampling.samples import read_samples


def build(job: Job) -> None:
    settings = job.settings
    problems = read_problems(job.path("problems"))
    verdicts = judge(job.path("samples"), read_samples(job.path("samples")), problems, settings["grading"]["methods"])
    questions = []
    correct = verdicts.by_question()
    answers: dict[str, list[str | None]] = {}
    for identifier, answer in zip(verdicts.ids, verdicts.answers, strict=True):
        answers.setdefault(identifier, []).append(answer)
    for identifier, marks in correct.items():
        questions.append(QuestionVotes(identifier, group_equivalent(answers[identifier]), marks))
    votes = summarise_votes(
        questions,
        experiment=settings["experiment"],
        benchmark=settings["benchmark"],
        ks=settings["k"],
        greedy=read_json(job.path("greedy")),
    )
    write_json(job.path("out"), votes | {"digests": {"samples": sha256_file(job.path("samples"))}})


if __name__ == "__main__":
    run(build)
