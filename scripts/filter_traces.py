"""Grade a teacher's completions and keep the good ones as traces."""

from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run
from gradus.specs.traces import FilterTracesSpec
from gradus.traces.filter import filter_files
from gradus.traces.table import write_traces


def build(job: Job[FilterTracesSpec]) -> None:
    traces, summary = filter_files(job.files("problems"), job.path("completions"), job.settings)
    write_traces(job.path("out"), traces)
    write_json(job.path("summary"), summary)
    job.log(f"{summary['kept']} traces of {summary['completions']} completions; dropped {summary['dropped']}")


if __name__ == "__main__":
    run(build, FilterTracesSpec)
