"""Refuse a benchmark that shares problems with what is trained on."""

from gradus.problems.overlap import shared_problems
from gradus.problems.table import read_problems
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run


def build(job: Job) -> None:
    benchmark = read_problems(job.path("benchmark"))
    counts = {}
    for path in job.files("training"):
        shared = shared_problems(benchmark, read_problems(path))
        if shared:
            ours, theirs = shared[0]
            raise GradusError(
                f"{job.path('benchmark')}: {len(shared)} problems are in the training set {path} too, the first "
                f"{ours.id} as {theirs.id}; draw the benchmark from another split"
            )
        counts[path.stem] = len(shared)
    write_json(job.path("out"), {"problems": len(benchmark), "shared": counts})


if __name__ == "__main__":
    run(build)
