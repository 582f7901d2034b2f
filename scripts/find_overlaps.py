"""Find the problems of all benchmarks in one training set: problems, or the turns of traces and of a corpus."""

from gradus.problems.contamination.index import BenchmarkIndex
from gradus.problems.contamination.search import by_benchmark, in_training
from gradus.problems.contamination.texts import all_texts, problem_texts
from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run
from gradus.specs.contamination import FindOverlapsSpec
from gradus.traces.turns import turns

READERS = {"problems": problem_texts, "traces": turns, "corpora": turns}


def build(job: Job[FindOverlapsSpec]) -> None:
    settings = job.settings
    benchmarks = {name: all_texts(path) for name, path in zip(settings.benchmarks, job.files("benchmarks"))}
    index = BenchmarkIndex(benchmarks, {int(n): share for n, share in settings.shares.items()}, settings.near)
    rows, pairs = in_training(settings.set, READERS[settings.kind](job.path("training")), index)
    write_json(job.path("out"), {"kind": settings.kind, "set": settings.set, "rows": rows, "pairs": pairs})
    job.log(f"{rows} rows, {len(pairs)} overlaps {by_benchmark(pairs) or ''}")


if __name__ == "__main__":
    run(build, FindOverlapsSpec)
