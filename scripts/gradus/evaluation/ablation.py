"""The ablation: one row an experiment, one cell a benchmark, with what a reader needs to judge each of them."""

from collections.abc import Mapping, Sequence
from statistics import median

from gradus.evaluation import published
from gradus.evaluation.ablation_table import Ablation, Column, Parts, Row
from gradus.evaluation.answers import Answers
from gradus.evaluation.cells import Cell, build_cell
from gradus.evaluation.comparison_table import Comparison
from gradus.evaluation.comparisons import typical_correlation
from gradus.evaluation.parts import PartScore
from gradus.evaluation.published import PublishedValue
from gradus.evaluation.scores import Score
from gradus.provenance.errors import GradusError
from gradus.specs.evaluation import Table, TableBenchmark, TableExperiment
from gradus.statistics.power import ASSUMED_CORRELATION
from gradus.study.settings.published import PublishedNumber

Scores = Mapping[tuple[str, str], Score]
"""By (run, benchmark)."""
AllAnswers = Mapping[tuple[str, str], Answers]
"""By (experiment, benchmark)."""


def build(table: Table, scores: Scores, answers: AllAnswers, comparisons: Sequence[Comparison]) -> Ablation:
    """The structure of ablation.json.

    table: rows and columns; `published` of an experiment is benchmark -> share, and a benchmark with no other values
    has `n` null. scores, answers: what is missing leaves the cell out.
    Raises GradusError when a benchmark's n differs between experiments, a published part is none of its benchmark, or
    the baseline is no experiment.
    """
    names = [experiment.name for experiment in table.experiments]
    if table.baseline not in names:
        raise GradusError(
            f"study {table.study}: baseline {table.baseline} is no experiment; there are {', '.join(names)}"
        )
    known = {b for e in table.experiments for b in (*e.published, *e.published_parts)}
    runs = [run for experiment in table.experiments for run in experiment.runs]
    sizes = {b.name: _size(b.name, runs, scores, b.name in known) for b in table.benchmarks}
    against = {(row["b"], row["benchmark"]): row for row in comparisons if row["a"] == table.baseline}
    once = {e.name for e in table.experiments if e.trained and len(e.runs) == 1}
    rows = [
        _row(e, list(sizes), scores, answers, against, bool(once & {e.name, table.baseline})) for e in table.experiments
    ]
    _mark_best(rows, list(sizes))
    correlation = typical_correlation(answers, benchmarks=list(sizes), baseline=table.baseline)
    columns = [
        _column(
            b,
            rows,
            sizes[b.name],
            next((own.samples for (_, name), own in answers.items() if name == b.name), None),
            correlation.get(b.name),
            [row for (_, benchmark), row in against.items() if benchmark == b.name],
        )
        for b in table.benchmarks
    ]
    found: Ablation = {"study": table.study, "baseline": table.baseline, "benchmarks": columns, "experiments": rows}
    if known:
        found["published_from"] = table.published_from
    return found


def _size(benchmark: str, names: Sequence[str], scores: Scores, published: bool) -> int | None:
    """The number of questions; None where only published values are known."""
    sizes = {name: scores[name, benchmark]["n"] for name in names if (name, benchmark) in scores}
    if not sizes and published:
        return None
    if not sizes:
        raise GradusError(f"benchmark {benchmark}: no experiment was evaluated on it; evaluate one or drop it")
    few, many = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
    if sizes[few] != sizes[many]:
        raise GradusError(
            f"benchmark {benchmark}: {few} answered {sizes[few]} questions but {many} {sizes[many]}; "
            "evaluate all on the same problem set"
        )
    return sizes[few]


def _row(
    experiment: TableExperiment,
    benchmarks: Sequence[str],
    scores: Scores,
    answers: AllAnswers,
    against: Mapping[tuple[str, str], Comparison],
    trained_once: bool,
) -> Row:
    name = experiment.name
    cells = {
        b: build_cell(
            [scores[run, b] for run in answers[name, b].runs], answers[name, b], against.get((name, b)), trained_once
        )
        for b in benchmarks
        if (name, b) in answers
    }
    row: Row = {
        "name": name,
        "title": experiment.title,
        "description": experiment.description,
        "parent": experiment.parent,
        "checkpoint": experiment.checkpoint,
        "stage": experiment.stage,
        "backend": experiment.backend,
        "method": experiment.method,
        "trained": experiment.trained,
        "runs": len(experiment.runs),
        "cells": cells,
    }
    if experiment.published:
        row["published"] = {}
        for benchmark, value in experiment.published.items():
            row["published"][benchmark] = _beside(value, cells.get(benchmark))
    if experiment.published_parts:
        row["published_parts"] = {
            benchmark: {part: _beside(value, _part(cells.get(benchmark), part)) for part, value in values.items()}
            for benchmark, values in experiment.published_parts.items()
        }
    return row


def _part(cell: Cell | None, part: str) -> PartScore | None:
    return cell.get("parts", {}).get(part) if cell else None


def _beside(value: PublishedNumber, measured: Cell | PartScore | None) -> PublishedValue:
    if measured is None:
        return published.beside(value, None, None)
    return published.beside(value, measured["accuracy"], measured["ci95"])


def _mark_best(rows: Sequence[Row], benchmarks: Sequence[str]) -> None:
    """All that share the highest accuracy; none where all are equal."""
    for name in benchmarks:
        cells = [row["cells"][name] for row in rows if name in row["cells"]]
        accuracies = [cell["accuracy"] for cell in cells]
        for cell in cells:
            cell["best"] = max(accuracies) > min(accuracies) and cell["accuracy"] == max(accuracies)


def _column(
    benchmark: TableBenchmark,
    rows: Sequence[Row],
    n: int | None,
    samples: int | None,
    measured: float | None,
    compared: Sequence[Comparison],
) -> Column:
    """`measured`: the correlation of the others with the baseline. `compared`: with it on this benchmark."""
    detectable = [found for row in compared if (found := row["detectable"]) is not None]
    column: Column = {
        "name": benchmark.name,
        "title": benchmark.title,
        "n": n,
        "samples": samples,
        "detectable": median(detectable) if detectable else None,
        "correlation": ASSUMED_CORRELATION if measured is None else measured,
        "correlation_measured": measured is not None,
    }
    if benchmark.parts is not None:
        column["parts"] = _parts(benchmark, rows)
    return column


def _parts(benchmark: TableBenchmark, rows: Sequence[Row]) -> Parts:
    cells = [row["cells"][benchmark.name]["parts"] for row in rows if benchmark.name in row["cells"]]
    sizes = {part: score["n"] for part, score in cells[0].items()} if cells else {}
    for row in rows:
        for part in row.get("published_parts", {}).get(benchmark.name, {}):
            if cells and part not in sizes:
                what = f"experiments.{row['name']}.reference_parts: {benchmark.name} has no part {part!r}"
                raise GradusError(f"{what}; there are {', '.join(sizes)}")
    return {"column": str(benchmark.parts), "sizes": sizes}
