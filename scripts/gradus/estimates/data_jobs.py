"""Estimates of the jobs that move files, and of those that hold texts: problems and traces."""

from gradus.estimates import processes, speeds
from gradus.estimates.asked import Asked, Estimate, Machine
from gradus.estimates.counts import problem_settings, rows_read
from gradus.estimates.shapes import assumed_shape
from gradus.estimates.sizes import (
    DOCUMENT_TOKENS,
    PROBLEM_BYTES,
    TOKEN_BYTES,
    UNKNOWN_ROWS,
    problem_bytes,
    problem_rows,
    tokenizer_bytes,
    trace_bytes,
    trace_rows,
    training_set,
)
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.specs import contamination, corpora, hub, models, problems, traces
from gradus.specs.base import JobSettings
from gradus.specs.sampling import SampleProblemsSpec, SampleTracesSpec

RAW_BATCH_BYTES = 150 * 10**6
"""Of the rows of a published file that are in memory at once; some hold megabytes."""

INDEXED_BYTES = 25_000
"""Of a benchmark problem in the index of n-grams, and of a text that is searched for it."""

SECONDS_A_ROW = 0.002
"""An assumption: to read, check and write a row."""

DOCUMENT_SECONDS = 0.0005
"""The same of a generated document, which is short: to draw, encode and write it, or to search its two turns. Measured
on a free core: 0.00011 and 0.00007."""

TOKENIZER_TRAINING = 130 * processes.MB
"""Of 20,000 documents."""

TOKENIZER_SECONDS = 10.0
"""The same, with room to spare; measured on a free core: 2 to 3."""


# Files


def plain(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    return Asked(processes.PLAIN)


def _fetch_data(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: hub.FetchDataSpec = spec.settings
    size = sum(file["size"] for file in settings.files.values())
    return _download(processes.PLAIN, size)


def _fetch_model(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """Weights are linked, not read; the tokenizer is. Of what is at a service no weights are fetched."""
    settings: models.FetchModelSpec = spec.settings
    if settings.hub is None or not settings.backends:
        return Asked(processes.PLAIN + processes.TOKENIZER)
    size = sum(file["size"] for file in settings.hub.files.values())
    size = size or 2 * assumed_shape(study, spec.name.removeprefix("models/")).parameters
    return _download(processes.PLAIN + processes.TOKENIZER, size)


def _download(held: int, size: int) -> Asked:
    seconds = size / speeds.DOWNLOADED_BYTES
    return Asked(held, seconds, expected=seconds / speeds.USUAL_DOWNLOAD)


def _take_checkpoint(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    shape = assumed_shape(study, spec.name.removeprefix("models/"))
    return Asked(processes.PLAIN, 4 * shape.parameters / speeds.COPIED_BYTES)


# Problems


def _make_problems(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings = problem_settings(study, spec.name.removeprefix("problems/"))
    name = settings.get("of", spec.name.removeprefix("problems/"))
    rows = problem_rows(study, name)
    return Asked(processes.TABLES + RAW_BATCH_BYTES // 2 + PROBLEM_BYTES * rows, SECONDS_A_ROW * rows)


def _check_references(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: problems.CheckReferencesSpec = spec.settings
    rows = sum(problem_rows(study, name) for name in settings.sets)
    return Asked(
        processes.GRADING + PROBLEM_BYTES * rows, speeds.COMPARISON_SECONDS * rows, start=speeds.GRADER_SECONDS
    )


def _find_overlaps(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: contamination.FindOverlapsSpec = spec.settings
    rows, size = training_set(study, settings.kind, settings.set)
    measured = sum(problem_rows(study, name) for name in settings.benchmarks)
    each = DOCUMENT_SECONDS if settings.kind == "corpora" else SECONDS_A_ROW
    return Asked(processes.TABLES + INDEXED_BYTES * measured + size, each * rows + SECONDS_A_ROW * measured)


def _compare_benchmarks(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: contamination.CompareBenchmarksSpec = spec.settings
    measured = sum(problem_rows(study, name) for name in settings.benchmarks)
    return Asked(processes.TABLES + INDEXED_BYTES * measured, SECONDS_A_ROW * measured)


def _drop_overlaps(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """contamination/<kind>/<set>.clean.<suffix>"""
    _, kind, file = spec.name.split("/")
    rows, size = training_set(study, kind, file.partition(".clean.")[0])
    return Asked(processes.TABLES + size, SECONDS_A_ROW * rows)


# Corpora


def _train_tokenizer(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    return Asked(processes.PLAIN + TOKENIZER_TRAINING, TOKENIZER_SECONDS)


def _make_corpus(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: corpora.MakeCorpusSpec = spec.settings
    return Asked(processes.PLAIN, DOCUMENT_SECONDS * settings.tokens / DOCUMENT_TOKENS)


# Traces


def _filter_traces(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: traces.FilterTracesSpec | traces.JudgeTracesSpec = spec.settings
    return _grading(study, study.of(f"{spec.name}.completions", SampleTracesSpec), settings.sets)


def _keep_problems(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: problems.KeepProblemsSpec = spec.settings
    drawn = study.of(f"{spec.name}.completions", SampleProblemsSpec)
    return _grading(study, drawn, [settings.problems.of])


def _grading(study: StudySpecs, drawn: SampleTracesSpec, sets: list[str]) -> Asked:
    """Completions are held with the problems of these sets, and graded."""
    rows = drawn.samples * sum(problem_rows(study, name) for name in sets)
    held = problem_bytes(study, sets) + rows * (1_000 + TOKEN_BYTES * drawn.max_tokens)
    return Asked(processes.GRADING + held, speeds.COMPARISON_SECONDS * rows, start=speeds.GRADER_SECONDS)


def _make_public_traces(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: traces.MakePublicTracesSpec = spec.settings
    return Asked(processes.TABLES + PROBLEM_BYTES * settings.size, SECONDS_A_ROW * settings.size)


def _read_traces(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """All rows are read, with their ids remembered; what is kept is held."""
    settings: traces.ReadTracesSpec = spec.settings
    rows = rows_read(study, settings) or UNKNOWN_ROWS
    held = RAW_BATCH_BYTES + 300 * rows + trace_bytes(study, settings.set)
    seconds = (SECONDS_A_ROW + speeds.COMPARISON_SECONDS) * rows
    return Asked(processes.GRADING + processes.TOKENIZER + held, seconds, start=speeds.GRADER_SECONDS)


def _mix_traces(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: traces.MixTracesSpec = spec.settings
    parts = [name for name, _ in settings.parts]
    rows = sum(trace_rows(study, name) for name in parts)
    return Asked(processes.PLAIN + sum(trace_bytes(study, name) for name in parts), SECONDS_A_ROW * rows)


def _measure_traces(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: traces.MeasureTracesSpec = spec.settings
    held = max(trace_bytes(study, name) for name in settings.traces)
    rows = sum(trace_rows(study, name) for name in settings.traces)
    tokenizer = tokenizer_bytes(study, settings.model)
    return Asked(processes.PLAIN + tokenizer + held, SECONDS_A_ROW * rows)


DATA_JOBS: dict[type[JobSettings], Estimate] = {
    hub.HubPinsSpec: plain,
    hub.FetchDataSpec: _fetch_data,
    models.FetchModelSpec: _fetch_model,
    models.TakeCheckpointSpec: _take_checkpoint,
    problems.MakeProblemsSpec: _make_problems,
    problems.DrawProblemsSpec: _make_problems,
    problems.KeepProblemsSpec: _keep_problems,
    problems.MakeProblemsTableSpec: plain,
    problems.CheckReferencesSpec: _check_references,
    corpora.TrainTokenizerSpec: _train_tokenizer,
    corpora.MakeCorpusSpec: _make_corpus,
    contamination.FindOverlapsSpec: _find_overlaps,
    contamination.CompareBenchmarksSpec: _compare_benchmarks,
    contamination.JudgeTrainingSetSpec: plain,
    contamination.DropOverlapsSpec: _drop_overlaps,
    contamination.ListOverlapsSpec: plain,
    traces.FilterTracesSpec: _filter_traces,
    traces.JudgeTracesSpec: _filter_traces,
    traces.MakePublicTracesSpec: _make_public_traces,
    traces.ReadTracesSpec: _read_traces,
    traces.MixTracesSpec: _mix_traces,
    traces.MeasureTracesSpec: _measure_traces,
}
