"""Refuse reference answers that the grader would not accept from a model; count those beyond its exact layers."""

from gradus.grading.equivalence import parse_answer
from gradus.grading.verdict import grade_completions, in_process
from gradus.problems.table import read_problems
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run
from gradus.specs.problems import CheckReferencesSpec

OTHER = parse_answer("8675309")
"""No reference answer is this number, so one that cannot be told apart from it is understood by no exact layer."""

EXAMPLES = 20


def build(job: Job[CheckReferencesSpec]) -> None:
    counts = {}
    for path in job.files("problems"):
        problems = read_problems(path)
        said = [rf"\boxed{{{problem.answer}}}" for problem in problems]
        verdicts = grade_completions(said, [problem.reference for problem in problems])
        for problem, verdict in zip(problems, verdicts, strict=True):
            if verdict.correct is not True:
                raise GradusError(
                    f"{path}: the reference answer {problem.answer!r:.80} of {problem.id!r} would not be accepted from "
                    f"a model; leave the problem out (problems.{path.stem}.drop), or correct the set"
                )
        mathematical = [p for p in problems if isinstance(p.reference, str)]
        vague = [p for p in mathematical if in_process(parse_answer(p.answer), OTHER).equal is None]
        some = [{"id": problem.id, "answer": problem.answer} for problem in vague[:EXAMPLES]]
        counts[path.stem] = {"references": len(problems), "not_exact": len(vague), "examples": some}
        job.log(f"{path.stem}: {len(vague)} of {len(problems)} reference answers are beyond the exact layers")
    write_json(job.path("out"), counts)


if __name__ == "__main__":
    run(build, CheckReferencesSpec)
