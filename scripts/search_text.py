"""Find the problems of all benchmarks in a text to pretrain on, whatever its size."""

from gradus.corpora.passages import passages
from gradus.corpora.texts import TextFiles
from gradus.problems.contamination.index import BenchmarkIndex
from gradus.problems.contamination.search import by_benchmark, in_training
from gradus.problems.contamination.texts import all_texts
from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run
from gradus.specs.corpora import SearchTextSpec


def build(job: Job[SearchTextSpec]) -> None:
    settings = job.settings
    benchmarks = {name: all_texts(path) for name, path in zip(settings.benchmarks, job.files("benchmarks"))}
    index = BenchmarkIndex(benchmarks, {int(n): share for n, share in settings.shares.items()}, settings.near)
    files = TextFiles.at(job.path("training"), settings.text.column, settings.text.separator)
    rows, pairs = in_training(settings.set, passages(settings.set, files.documents()), index)
    write_json(job.path("out"), {"kind": "texts", "set": settings.set, "rows": rows, "pairs": pairs})
    job.log(f"{rows:,} documents, {len(pairs)} overlaps {by_benchmark(pairs) or ''}")


if __name__ == "__main__":
    run(build, SearchTextSpec)
