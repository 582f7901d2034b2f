"""Read others' worked solutions as traces: a published set, a file of the user, or a problem set's solutions."""

from collections.abc import Callable
from importlib import import_module

from gradus.models.opened import open_tokenizer
from gradus.models.tokenizer import load_tokenizer
from gradus.problems.published import digest_of
from gradus.problems.raw.files import data_files
from gradus.problems.table import read_problems
from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run
from gradus.specs.traces import ReadTracesSpec
from gradus.traces.injected import injection_summary
from gradus.traces.named import trace_source
from gradus.traces.select import Selection, Tally, one_turn, select
from gradus.traces.source import CALLS, Reading
from gradus.traces.table import length_summary, write_traces
from gradus.vocabulary.inject import injector


def build(job: Job[ReadTracesSpec]) -> None:
    spec = job.settings
    source, raw = trace_source(spec.kind), job.optional("raw")
    settings = source.settings.model_validate(spec.traces)
    problems = read_problems(job.path("problems")) if job.optional("problems") else []
    found = source.read(Reading(spec.set, raw, spec.prompt, problems, spec.of), settings)
    tally = Tally()
    turns = import_module(CALLS).with_calls if settings.calculator else one_turn
    keep, inject = source.keep(settings), injector(settings.inject)
    selection = Selection(settings, keep, spec.grading.methods, spec.seed, _counter(job), turns, inject)
    traces = select(found, selection, tally)
    write_traces(job.path("out"), traces)
    dropped = {reason: tally.dropped[reason] for reason in sorted(tally.dropped) if tally.dropped[reason]}
    summary = {
        "kind": spec.kind,
        "problems": tally.rows,
        "completions": tally.solutions,
        "kept": len(traces),
        "yield": len({trace["id"] for trace in traces}) / max(tally.rows, 1),
        "dropped": dropped,
        "characters": length_summary([trace["chars"] for trace in traces]),
        "teachers": sorted({trace["teacher"] for trace in traces}),
        "path": None if raw is None else str(raw),
        "hub": spec.hub and spec.hub.model_dump(),
        "sha256": None if raw is None else digest_of(raw, data_files(raw)),
    }
    summary |= injection_summary(traces, settings.inject)
    if tally.unused:
        summary["unused_keys"] = sorted(tally.unused)
        job.log(f"keys of rows and turns that are not read: {', '.join(sorted(tally.unused))}")
    if settings.tokenizer is not None:
        summary["tokens"] = length_summary([trace["tokens"] for trace in traces])
        summary["tokenizer"] = settings.tokenizer
    write_json(job.path("summary"), summary)
    job.log(f"{len(traces)} traces of {tally.solutions} solutions in {tally.rows} rows; dropped {dropped}")


def _counter(job: Job[ReadTracesSpec]) -> Callable[[str], int] | None:
    """Counts a solution's tokens, where the settings name a tokenizer."""
    file = job.optional("tokenizer")
    if file is None:
        return None
    tokenizer = load_tokenizer(open_tokenizer(file))
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


if __name__ == "__main__":
    run(build, ReadTracesSpec)
