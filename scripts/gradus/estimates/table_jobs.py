"""Estimates of the jobs that judge samples, and of those that make tables and the report of verdicts."""

from collections.abc import Sequence

from gradus.estimates import processes, speeds
from gradus.estimates.asked import Asked, Estimate, Machine
from gradus.estimates.data_jobs import SECONDS_A_ROW, plain
from gradus.estimates.sizes import problem_rows, samples, tokenizer_bytes
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.estimates.work import OPTIONS
from gradus.specs import evaluation, reporting
from gradus.specs.base import JobSettings
from gradus.specs.sampling import SampleBenchmarkSpec

VOTE_SECONDS = 0.0001
"""Of a sample whose vote is counted, as a rule: most answers to a problem are equal as texts, and are compared once.
Measured with the pocket study."""


def _score_samples(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: evaluation.ScoreSamplesSpec = spec.settings
    rows, size = samples(study, settings.experiment, settings.benchmark)
    drawn = study.of(f"samples/{settings.experiment}/{settings.benchmark}", SampleBenchmarkSpec)
    held = tokenizer_bytes(study, drawn.weights.dense) + size
    return Asked(processes.GRADING + held, speeds.COMPARISON_SECONDS * rows, start=speeds.GRADER_SECONDS)


def _score_likelihoods(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: evaluation.ScoreLikelihoodsSpec = spec.settings
    rows, size = samples(study, settings.experiment, settings.benchmark)
    return Asked(processes.STATISTICS + OPTIONS * size, OPTIONS * SECONDS_A_ROW * rows)


def _count_votes(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: evaluation.CountVotesSpec = spec.settings
    rows, size = samples(study, settings.experiment, settings.benchmark, voted=True)
    seconds, usual = 2 * speeds.COMPARISON_SECONDS * rows, VOTE_SECONDS * rows
    return Asked(processes.GRADING + size, seconds, expected=usual, start=speeds.GRADER_SECONDS)


def _compare_graders(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """Five graders, each on as many pairs of a benchmark."""
    settings: evaluation.CompareGradersSpec = spec.settings
    cells = _measured(study, settings.runs, [benchmark for benchmark, _ in settings.benchmarks])
    judged = 5 * settings.pairs * len(settings.benchmarks)
    held, seconds = sum(size for _, size in cells), speeds.COMPARISON_SECONDS * judged
    return Asked(processes.GRADING + held, seconds, start=speeds.GRADER_SECONDS)


def _measure_completions(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """Verdicts of all cells."""
    settings: evaluation.MeasureCompletionsSpec = spec.settings
    rows = sum(rows for rows, _ in _measured(study, settings.runs, settings.benchmarks))
    return Asked(processes.TABLES + 1_000 * rows, SECONDS_A_ROW * rows)


def _compare_experiments(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """Verdicts of all cells; each pair is tested."""
    settings: evaluation.CompareExperimentsSpec = spec.settings
    return _table(_measured(study, settings.runs, settings.benchmarks), settings.benchmarks, len(settings.compared))


def _make_ablation(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: evaluation.MakeAblationSpec = spec.settings
    cells = [samples(study, *cell) for cell in settings.cells]
    return _table(cells, [b.name for b in settings.benchmarks])


def _measured(study: StudySpecs, runs: evaluation.Runs, benchmarks: Sequence[str]) -> list[tuple[int, int]]:
    """Rows and bytes of all cells that are asked."""
    cells = [(run, benchmark) for of in runs.values() for run in of for benchmark in benchmarks]
    return [samples(study, *cell) for cell in cells if "eval/{}/{}.json".format(*cell) in study.specs]


def _table(cells: Sequence[tuple[int, int]], benchmarks: Sequence[str], pairs: int = 0) -> Asked:
    rows = sum(rows for rows, _ in cells)
    compared = pairs * len(benchmarks) + len(cells)
    return Asked(processes.STATISTICS + 1_000 * rows, SECONDS_A_ROW * rows + 0.5 * compared)


def _make_votes_table(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """Votes on every problem; each way of counting them is tested."""
    settings: evaluation.MakeVotesTableSpec = spec.settings
    problems = {voted.benchmark: study.problem_set_of(voted.benchmark, voted=True) for voted in settings.votes}
    rows = sum(len(voted.runs) * problem_rows(study, problems[voted.benchmark]) for voted in settings.votes)
    return Asked(processes.STATISTICS + 1_000 * rows, SECONDS_A_ROW * rows)


def _few_numbers(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """A few numbers a file."""
    return Asked(processes.TABLES)


def _make_report(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """The page shows some samples of every cell, and reads all of them."""
    settings: reporting.MakeReportSpec = spec.settings
    cells = [samples(study, *cell) for cell in settings.cells]
    rows, size = sum(rows for rows, _ in cells), sum(size for _, size in cells)
    return Asked(processes.TABLES + size, SECONDS_A_ROW * rows)


TABLE_JOBS: dict[type[JobSettings], Estimate] = {
    evaluation.ScoreSamplesSpec: _score_samples,
    evaluation.ScoreLikelihoodsSpec: _score_likelihoods,
    evaluation.CountVotesSpec: _count_votes,
    evaluation.CompareGradersSpec: _compare_graders,
    evaluation.MeasureCompletionsSpec: _measure_completions,
    evaluation.CompareExperimentsSpec: _compare_experiments,
    evaluation.MakeAblationSpec: _make_ablation,
    evaluation.MakeVotesTableSpec: _make_votes_table,
    evaluation.MakeVerifierTableSpec: _few_numbers,
    evaluation.MakeStagesTableSpec: _few_numbers,
    evaluation.MakeTokenUseTableSpec: _few_numbers,
    reporting.MakeLedgerSpec: plain,
    reporting.MakeReportSpec: _make_report,
}
