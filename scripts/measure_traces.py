"""Count the tokens of an experiment's traces as its model will read them, and warn where max_length cuts many."""

from gradus.models.opened import open_tokenizer
from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run
from gradus.specs.traces import MeasureTracesSpec
from gradus.traces.lengths import cut_warning, length_report, most_tokens, token_lengths
from gradus.traces.table import read_traces


def build(job: Job[MeasureTracesSpec]) -> None:
    settings = job.settings
    model_dir = open_tokenizer(job.path("tokenizer"))
    files = dict(zip(settings.traces, job.files("traces"), strict=True))
    lengths = {name: token_lengths(read_traces(file), model_dir, file) for name, file in files.items()}
    every = [length for counts in lengths.values() for length in counts]
    summary = length_report(lengths, most_tokens(settings.max_length, every))
    warning = cut_warning(summary, settings.experiment)
    write_json(job.path("out"), summary | {"experiment": settings.experiment, "warning": warning})
    tokens = summary["all"]["tokens"]
    job.log(f"tokens a trace: median {tokens['median']:g}, 95% at most {tokens['p95']}, longest {tokens['max']}")
    if warning is not None:
        job.log(f"WARNING: {warning}")


if __name__ == "__main__":
    run(build, MeasureTracesSpec)
