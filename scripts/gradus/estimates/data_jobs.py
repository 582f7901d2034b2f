"""Estimates of the jobs that hold texts: problems, traces, samples, tables; and of those that move files."""

from collections.abc import Iterable

from gradus.estimates import processes, speeds
from gradus.estimates.asked import Asked, Estimate, Machine
from gradus.estimates.counts import problem_count, problem_settings, rows_read, trace_count
from gradus.estimates.shapes import assumed_shape, first_model
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.specs import contamination, evaluation, hub, models, problems, reporting, traces
from gradus.specs.base import JobSettings
from gradus.specs.sampling import SampleBenchmarkSpec, SampleTracesSpec

UNKNOWN_ROWS = 100_000
"""An assumption: problems or traces of a set whose number is not known before its file is read."""

PROBLEM_BYTES = 3_000
"""Of a problem with its answer, in Arrow and in Python."""

TOKEN_BYTES = 12
"""Of a token as text: four characters, in the file, in Arrow and in Python."""

RAW_BATCH_BYTES = 150 * 10**6
"""Of the rows of a published file that are in memory at once; some hold megabytes."""

TRACE_TOKENS = 8_192
"""An assumption: the longest trace, where neither its set nor its training says."""

INDEXED_BYTES = 25_000
"""Of a benchmark problem in the index of n-grams, and of a text that is searched for it."""

SECONDS_A_ROW = 0.002
"""An assumption: to read, check and write a row."""


def problem_bytes(study: StudySpecs, sets: Iterable[str]) -> int:
    return PROBLEM_BYTES * sum(_problems(study, name) for name in sets)


def _problems(study: StudySpecs, name: str) -> int:
    count = problem_count(study, name)
    return UNKNOWN_ROWS if count is None else count


def _traces(study: StudySpecs, name: str) -> int:
    count = trace_count(study, name)
    return UNKNOWN_ROWS if count is None else count


def _longest(study: StudySpecs, name: str) -> int:
    """Tokens of a trace of a set, at most."""
    settings = study.settings(f"traces/{name}")
    if isinstance(settings, traces.MixTracesSpec):
        return max(_longest(study, part) for part, _ in settings.parts)
    if isinstance(settings, traces.FilterTracesSpec):
        return study.of(f"traces/{name}.completions", SampleTracesSpec).max_tokens
    if isinstance(settings, traces.ReadTracesSpec):
        return settings.traces["max_tokens"] or TRACE_TOKENS
    return 256  # of the pocket problems


def _trace_bytes(study: StudySpecs, name: str) -> int:
    """Half of the longest is usual."""
    return _traces(study, name) * (PROBLEM_BYTES + TOKEN_BYTES * _longest(study, name) // 2)


def _training_set(study: StudySpecs, kind: str, name: str) -> tuple[int, int]:
    """Rows and bytes."""
    if kind == "problems":
        return _problems(study, name), problem_bytes(study, [name])
    return _traces(study, name), _trace_bytes(study, name)


def _samples(study: StudySpecs, experiment: str, benchmark: str, voted: bool = False) -> tuple[int, int]:
    """Rows and bytes of a table of samples with its verdicts, each sample as long as it may be."""
    drawn = study.of(f"samples/{experiment}/{benchmark}{'.votes' if voted else ''}", SampleBenchmarkSpec)
    rows = _problems(study, study.problem_set_of(benchmark, voted)) * drawn.samples
    return rows, rows * (1_000 + TOKEN_BYTES * drawn.max_tokens)


def _tokenizer_bytes(study: StudySpecs, model: str) -> int:
    published = isinstance(study.settings(f"models/{first_model(study, model)}"), models.FetchModelSpec)
    return processes.TOKENIZER if published else 0


# Files


def _plain(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    return Asked(processes.PLAIN)


def _fetch_data(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: hub.FetchDataSpec = spec.settings
    size = sum(file["size"] for file in settings.files.values())
    return Asked(processes.PLAIN, _download_seconds(size))


def _fetch_model(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """Weights are linked, not read; the tokenizer is. Of what is at a service no weights are fetched."""
    settings: models.FetchModelSpec = spec.settings
    if settings.hub is None or not settings.backends:
        return Asked(processes.PLAIN + processes.TOKENIZER)
    size = sum(file["size"] for file in settings.hub.files.values())
    size = size or 2 * assumed_shape(study, spec.name.removeprefix("models/")).parameters
    return Asked(processes.PLAIN + processes.TOKENIZER, _download_seconds(size))


def _download_seconds(size: int) -> float:
    return size / speeds.DOWNLOADED_BYTES


def _take_checkpoint(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    shape = assumed_shape(study, spec.name.removeprefix("models/"))
    return Asked(processes.PLAIN, 4 * shape.parameters / speeds.COPIED_BYTES)


# Problems


def _make_problems(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings = problem_settings(study, spec.name.removeprefix("problems/"))
    name = settings.get("of", spec.name.removeprefix("problems/"))
    rows = _problems(study, name)
    return Asked(processes.TABLES + RAW_BATCH_BYTES // 2 + PROBLEM_BYTES * rows, SECONDS_A_ROW * rows)


def _check_references(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: problems.CheckReferencesSpec = spec.settings
    rows = sum(_problems(study, name) for name in settings.sets)
    return Asked(processes.GRADING + PROBLEM_BYTES * rows, speeds.COMPARISON_SECONDS * rows)


def _find_overlaps(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: contamination.FindOverlapsSpec = spec.settings
    rows, size = _training_set(study, settings.kind, settings.set)
    measured = sum(_problems(study, name) for name in settings.benchmarks)
    return Asked(processes.TABLES + INDEXED_BYTES * measured + size, SECONDS_A_ROW * (rows + measured))


def _compare_benchmarks(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: contamination.CompareBenchmarksSpec = spec.settings
    measured = sum(_problems(study, name) for name in settings.benchmarks)
    return Asked(processes.TABLES + INDEXED_BYTES * measured, SECONDS_A_ROW * measured)


def _drop_overlaps(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """contamination/<kind>/<set>.clean.<suffix>"""
    _, kind, file = spec.name.split("/")
    rows, size = _training_set(study, kind, file.partition(".clean.")[0])
    return Asked(processes.TABLES + size, SECONDS_A_ROW * rows)


# Traces


def _filter_traces(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: traces.FilterTracesSpec = spec.settings
    drawn = study.of(f"{spec.name}.completions", SampleTracesSpec)
    rows = drawn.samples * sum(_problems(study, name) for name in settings.sets)
    held = problem_bytes(study, settings.sets) + rows * (1_000 + TOKEN_BYTES * drawn.max_tokens)
    return Asked(processes.GRADING + held, speeds.COMPARISON_SECONDS * rows)


def _make_public_traces(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: traces.MakePublicTracesSpec = spec.settings
    return Asked(processes.TABLES + PROBLEM_BYTES * settings.size, SECONDS_A_ROW * settings.size)


def _read_traces(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """All rows are read, with their ids remembered; what is kept is held."""
    settings: traces.ReadTracesSpec = spec.settings
    rows = rows_read(study, settings) or UNKNOWN_ROWS
    held = RAW_BATCH_BYTES + 300 * rows + _trace_bytes(study, settings.set)
    return Asked(processes.GRADING + processes.TOKENIZER + held, (SECONDS_A_ROW + speeds.COMPARISON_SECONDS) * rows)


def _mix_traces(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: traces.MixTracesSpec = spec.settings
    parts = [name for name, _ in settings.parts]
    rows = sum(_traces(study, name) for name in parts)
    return Asked(processes.PLAIN + sum(_trace_bytes(study, name) for name in parts), SECONDS_A_ROW * rows)


def _measure_traces(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: traces.MeasureTracesSpec = spec.settings
    held = max(_trace_bytes(study, name) for name in settings.traces)
    rows = sum(_traces(study, name) for name in settings.traces)
    tokenizer = _tokenizer_bytes(study, settings.model)
    return Asked(processes.PLAIN + tokenizer + held, SECONDS_A_ROW * rows)


# Verdicts and tables


def _score_samples(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: evaluation.ScoreSamplesSpec = spec.settings
    rows, size = _samples(study, settings.experiment, settings.benchmark)
    drawn = study.of(f"samples/{settings.experiment}/{settings.benchmark}", SampleBenchmarkSpec)
    held = _tokenizer_bytes(study, drawn.weights.dense) + size
    return Asked(processes.GRADING + held, speeds.COMPARISON_SECONDS * rows)


def _count_votes(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: evaluation.CountVotesSpec = spec.settings
    rows, size = _samples(study, settings.experiment, settings.benchmark, voted=True)
    return Asked(processes.GRADING + size, 2 * speeds.COMPARISON_SECONDS * rows)


def _compare_graders(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """Five graders, each on as many pairs of a benchmark."""
    settings: evaluation.CompareGradersSpec = spec.settings
    cells = [_samples(study, name, benchmark) for name in settings.experiments for benchmark, _ in settings.benchmarks]
    judged = 5 * settings.pairs * len(settings.benchmarks)
    return Asked(processes.GRADING + sum(size for _, size in cells), speeds.COMPARISON_SECONDS * judged)


def _measure_completions(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """Verdicts of all cells."""
    settings: evaluation.MeasureCompletionsSpec = spec.settings
    rows = sum(
        _samples(study, name, benchmark)[0] for name in settings.experiments for benchmark in settings.benchmarks
    )
    return Asked(processes.TABLES + 1_000 * rows, SECONDS_A_ROW * rows)


def _compare_experiments(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """Verdicts of all cells; a row is resampled by its question alone."""
    settings: evaluation.CompareExperimentsSpec = spec.settings
    return _table(study, settings.experiments, settings.benchmarks, pairs=len(settings.pairs))


def _make_ablation(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: evaluation.MakeAblationSpec = spec.settings
    return _table(study, [e.name for e in settings.experiments], [b.name for b in settings.benchmarks])


def _table(study: StudySpecs, experiments: list[str], benchmarks: list[str], pairs: int = 0) -> Asked:
    rows = sum(_samples(study, name, benchmark)[0] for name in experiments for benchmark in benchmarks)
    compared = (pairs + len(experiments)) * len(benchmarks)
    return Asked(processes.STATISTICS + 1_000 * rows, SECONDS_A_ROW * rows + 0.5 * compared)


def _make_report(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """The page shows some samples of every cell, and reads all of them."""
    settings: reporting.MakeReportSpec = spec.settings
    cells = [_samples(study, e.name, b.name) for e in settings.experiments for b in settings.benchmarks]
    rows, size = sum(rows for rows, _ in cells), sum(size for _, size in cells)
    return Asked(processes.TABLES + size, SECONDS_A_ROW * rows)


DATA_JOBS: dict[type[JobSettings], Estimate] = {
    hub.HubPinsSpec: _plain,
    hub.FetchDataSpec: _fetch_data,
    models.FetchModelSpec: _fetch_model,
    models.TakeCheckpointSpec: _take_checkpoint,
    problems.MakeProblemsSpec: _make_problems,
    problems.DrawProblemsSpec: _make_problems,
    problems.MakeProblemsTableSpec: _plain,
    problems.CheckReferencesSpec: _check_references,
    contamination.FindOverlapsSpec: _find_overlaps,
    contamination.CompareBenchmarksSpec: _compare_benchmarks,
    contamination.JudgeTrainingSetSpec: _plain,
    contamination.DropOverlapsSpec: _drop_overlaps,
    contamination.ListOverlapsSpec: _plain,
    traces.FilterTracesSpec: _filter_traces,
    traces.MakePublicTracesSpec: _make_public_traces,
    traces.ReadTracesSpec: _read_traces,
    traces.MixTracesSpec: _mix_traces,
    traces.MeasureTracesSpec: _measure_traces,
    evaluation.ScoreSamplesSpec: _score_samples,
    evaluation.CountVotesSpec: _count_votes,
    evaluation.CompareGradersSpec: _compare_graders,
    evaluation.MeasureCompletionsSpec: _measure_completions,
    evaluation.CompareExperimentsSpec: _compare_experiments,
    evaluation.MakeAblationSpec: _make_ablation,
    evaluation.MakeVotesTableSpec: _plain,
    reporting.MakeLedgerSpec: _plain,
    reporting.MakeReportSpec: _make_report,
}
