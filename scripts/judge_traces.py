"""Grade a model's completions and keep them with their verdicts, for a verifier to learn."""

from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run
from gradus.specs.traces import JudgeTracesSpec
from gradus.traces.judged import judge_files
from gradus.traces.table import write_traces


def build(job: Job[JudgeTracesSpec]) -> None:
    traces, summary = judge_files(job.files("problems"), job.path("completions"), job.settings)
    write_traces(job.path("out"), traces)
    write_json(job.path("summary"), summary)
    job.log(f"{summary['right']} right and {summary['kept'] - summary['right']} wrong; dropped {summary['dropped']}")


if __name__ == "__main__":
    run(build, JudgeTracesSpec)
