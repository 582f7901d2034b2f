"""Count the tokens of an experiment's traces as its model will read them, and warn where max_length cuts many."""

from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run
from gradus.specs.traces import MeasureTracesSpec
from gradus.traces.lengths import report, token_lengths, warning
from gradus.traces.table import read_traces


def build(job: Job[MeasureTracesSpec]) -> None:
    settings = job.settings
    model_dir = job.path("tokenizer").parent
    files = dict(zip(settings["traces"], job.files("traces"), strict=True))
    lengths = {name: token_lengths(read_traces(file), model_dir, file) for name, file in files.items()}
    figures = report(lengths, settings["max_length"])
    said = warning(figures, settings["experiment"])
    write_json(job.path("out"), figures | {"experiment": settings["experiment"], "warning": said})
    tokens = figures["all"]["tokens"]
    job.log(f"tokens a trace: median {tokens['median']:g}, 95% at most {tokens['p95']}, longest {tokens['max']}")
    if said is not None:
        job.log(f"WARNING: {said}")


if __name__ == "__main__":
    run(build, MeasureTracesSpec)
