"""Grade a teacher's completions and keep the good ones as traces."""

from gradus.problems.joined import read_joined
from gradus.provenance.files import sha256_file, write_json
from gradus.provenance.job import Job, run
from gradus.sampling.samples import read_samples
from gradus.traces.filter import filter_completions
from gradus.traces.table import length_summary, write_traces


def build(job: Job) -> None:
    problems = read_joined(job.files("problems"))
    completions = read_samples(job.path("completions"))
    traces, dropped = filter_completions(problems, completions, job.settings)
    write_traces(job.path("out"), traces)
    solved = len({trace["id"] for trace in traces})
    summary = {
        "problems": len(problems),
        "completions": len(completions),
        "kept": len(traces),
        "yield": solved / len(problems),
        "dropped": dict(sorted(dropped.items())),
        "tokens": length_summary([trace["tokens"] for trace in traces]),
        "teacher": job.settings["teacher"],
        "digests": {"completions": sha256_file(job.path("completions"))},
    }
    write_json(job.path("summary"), summary)
    job.log(f"{len(traces)} traces for {solved} of {len(problems)} problems; dropped {summary['dropped']}")


if __name__ == "__main__":
    run(build)
