"""Judge a training set by the benchmark problems that it holds: the verdict that training and sampling obey."""

from gradus.problems.contamination.policy import refusal, rows_of
from gradus.provenance.files import read_json, write_json
from gradus.provenance.job import Job, run
from gradus.specs.contamination import JudgeTrainingSetSpec


def build(job: Job[JudgeTrainingSetSpec]) -> None:
    found, policy = read_json(job.path("found")), job.settings.policy
    refused = None
    if policy == "fail" and found["pairs"]:
        training = f"{found['kind']}/{found['set']}"
        refused = refusal(training, found["rows"], found["pairs"], str(job.path("found")))
    write_json(job.path("out"), {"refused": refused})  # and no more: the same bytes whenever a set passes
    overlapping = len(rows_of(found["pairs"]))
    job.log(refused or f"{overlapping} of {found['rows']} rows hold benchmark problems; policy: {policy}")


if __name__ == "__main__":
    run(build, JudgeTrainingSetSpec)
