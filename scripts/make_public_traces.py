"""Write a trace set in another publisher's style."""

from gradus.problems.pocket.corpus import public_traces
from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run
from gradus.specs.traces import MakePublicTracesSpec
from gradus.traces.injected import injection_summary
from gradus.traces.table import length_summary, write_traces
from gradus.traces.trace import trace
from gradus.vocabulary.inject import injector


def build(job: Job[MakePublicTracesSpec]) -> None:
    settings = job.settings
    pairs = public_traces(settings.size, settings.seed, settings.levels)
    inject = injector(settings.inject)
    # Without a number of tokens: what trains on them counts its own.
    traces = [trace(problem, inject(solution), None, "public", settings.prompt) for problem, solution in pairs]
    write_traces(job.path("out"), traces)
    summary = {
        "problems": len(pairs),
        "completions": len(pairs),
        "kept": len(traces),
        "yield": 1.0,
        "dropped": {},
        "characters": length_summary([t["chars"] for t in traces]),
        "teacher": "public",
        **injection_summary(traces, settings.inject),
    }
    write_json(job.path("summary"), summary)


if __name__ == "__main__":
    run(build, MakePublicTracesSpec)
