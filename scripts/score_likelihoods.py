"""Choose the likeliest options: a verdict for each problem, and the score."""

from gradus.evaluation.judging import write_verdicts
from gradus.evaluation.likelihoods.choices import choose, shares
from gradus.evaluation.likelihoods.options import by_problem, read_likelihoods
from gradus.evaluation.scores import summarise
from gradus.problems.table import read_problems
from gradus.provenance.files import sha256_file, write_json
from gradus.provenance.job import Job, run
from gradus.specs.evaluation import ScoreLikelihoodsSpec


def build(job: Job[ScoreLikelihoodsSpec]) -> None:
    settings = job.settings
    problems = read_problems(job.path("problems"))
    likelihoods = by_problem(read_likelihoods(job.path("likelihoods")))
    verdicts = choose(job.path("likelihoods"), likelihoods, problems, settings.metric, settings.cluster, settings.parts)
    write_verdicts(job.path("graded"), verdicts)
    score = summarise(
        verdicts,
        experiment=settings.experiment,
        benchmark=settings.benchmark,
        protocol={"metric": settings.metric},
        digests={
            "likelihoods": sha256_file(job.path("likelihoods")),
            "problems": sha256_file(job.path("problems")),
            "verdicts": sha256_file(job.path("graded")),
        },
        prompt=problems[0].context,
    )
    score["metrics"] = dict(shares(likelihoods, problems))
    score["cut"] = sum(any(option.cut for option in options) for options in likelihoods.values())
    write_json(job.path("out"), score)
    others = ", ".join(f"{metric} {share:.4f}" for metric, share in score["metrics"].items())
    job.log(f"{score['correct']} of {score['n']} correct by {settings.metric}; {others}")
    if score["cut"]:
        job.log(f"{score['cut']} texts were longer than the model's positions, and were cut at their beginning")


if __name__ == "__main__":
    run(build, ScoreLikelihoodsSpec)
