"""Find the problems that benchmarks share with each other."""

from gradus.problems.contamination.search import between_benchmarks
from gradus.problems.contamination.texts import all_texts
from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run
from gradus.specs.contamination import CompareBenchmarksSpec


def build(job: Job[CompareBenchmarksSpec]) -> None:
    settings = job.settings
    benchmarks = {name: all_texts(path) for name, path in zip(settings.benchmarks, job.files("benchmarks"))}
    pairs = between_benchmarks(benchmarks, {int(n): share for n, share in settings.shares.items()}, settings.near)
    write_json(job.path("out"), {"rows": {name: len(texts) for name, texts in benchmarks.items()}, "pairs": pairs})
    job.log(f"{len(benchmarks)} sets, {len(pairs)} problems shared")


if __name__ == "__main__":
    run(build, CompareBenchmarksSpec)
