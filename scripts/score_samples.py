"""Grade samples: a verdict for each, and the score."""

from gradus.evaluation.judging import judge, write_verdicts
from gradus.evaluation.scores import summarise
from gradus.models.opened import open_tokenizer
from gradus.problems.table import read_problems
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.messages import messages_for
from gradus.provenance.files import sha256_file, write_json
from gradus.provenance.job import Job, run
from gradus.sampling.samples import read_samples
from gradus.specs.evaluation import ScoreSamplesSpec


def build(job: Job[ScoreSamplesSpec]) -> None:
    settings = job.settings
    problems = read_problems(job.path("problems"))
    samples = read_samples(job.path("samples"))
    verdicts = judge(job.path("samples"), samples, problems, settings.grading.methods, settings.cluster, settings.parts)
    write_verdicts(job.path("graded"), verdicts)
    template = ChatTemplate.load(open_tokenizer(job.path("tokenizer")))
    prompt = template.render(messages_for(problems[0].problem, settings.prompt), add_generation_prompt=True)
    score = summarise(
        verdicts,
        experiment=settings.experiment,
        benchmark=settings.benchmark,
        protocol=settings.protocol.model_dump(mode="json"),
        digests={
            "samples": sha256_file(job.path("samples")),
            "problems": sha256_file(job.path("problems")),
            "verdicts": sha256_file(job.path("graded")),
        },
        prompt=prompt,
        domain_tokens=[sample.domain_tokens for sample in samples],
    )
    write_json(job.path("out"), score)
    answers = score["n"] * score["samples_per_question"]
    job.log(f"{score['correct']} of {answers} correct, {score['no_answer']} without an answer")


if __name__ == "__main__":
    run(build, ScoreSamplesSpec)
