"""Let a training set pass to training, or refuse it for the benchmark problems that it holds."""

from gradus.problems.contamination.policy import refuse, rows_of
from gradus.provenance.files import read_json, write_json
from gradus.provenance.job import Job, run


def build(job: Job) -> None:
    found, policy = read_json(job.path("found")), job.settings["policy"]
    training = f"{found['kind']}/{found['set']}"
    if policy == "fail":
        refuse(training, found["rows"], found["pairs"], str(job.path("found")))
    write_json(job.path("out"), {"policy": policy, "rows": found["rows"], "overlapping": len(rows_of(found["pairs"]))})
    job.log(f"{len(rows_of(found['pairs']))} of {found['rows']} rows hold benchmark problems; policy: {policy}")


if __name__ == "__main__":
    run(build)
