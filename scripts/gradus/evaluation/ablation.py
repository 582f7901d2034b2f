"""The ablation: one row an experiment, one cell a benchmark, with what a reader needs to judge each of them."""

from collections.abc import Mapping, Sequence

from gradus.evaluation import published
from gradus.evaluation.ablation_table import Ablation, Cell, Column, Row
from gradus.evaluation.comparison_table import Comparison
from gradus.evaluation.power import (
    ASSUMED_CORRELATION,
    minimum_detectable_difference,
    minimum_detectable_mean_difference,
)
from gradus.evaluation.scores import Score
from gradus.provenance.errors import GradusError
from gradus.specs.evaluation import Table, TableBenchmark, TableExperiment

Scores = Mapping[tuple[str, str], Score]
"""By (experiment, benchmark)."""


def build(
    table: Table, scores: Scores, comparisons: Sequence[Comparison], correlation: Mapping[str, float] | None = None
) -> Ablation:
    """The structure of ablation.json.

    table: rows and columns; `published` of an experiment is benchmark -> share, and a benchmark with no other values
    has `n` null. scores: a missing one leaves the cell out. correlation: benchmark -> correlation with the baseline
    over questions, as measured (`comparisons.typical_correlation`), for the minimum detectable difference; assumed
    where absent.
    Raises GradusError when a benchmark's n differs between experiments, or the baseline is no experiment.
    """
    names = [experiment.name for experiment in table.experiments]
    if table.baseline not in names:
        raise GradusError(
            f"study {table.study}: baseline {table.baseline} is no experiment; there are {', '.join(names)}"
        )
    known = {benchmark for experiment in table.experiments for benchmark in experiment.published}
    sizes = {b.name: _size(b.name, names, scores, b.name in known) for b in table.benchmarks}
    against = {(row["b"], row["benchmark"]): row for row in comparisons if row["a"] == table.baseline}
    rows = [_row(experiment, list(sizes), scores, against) for experiment in table.experiments]
    _mark_best(rows, list(sizes))
    columns = [
        _column(b, sizes[b.name], scores.get((table.baseline, b.name)), (correlation or {}).get(b.name))
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
    against: Mapping[tuple[str, str], Comparison],
) -> Row:
    name = experiment.name
    row: Row = {
        "name": name,
        "title": experiment.title,
        "description": experiment.description,
        "parent": experiment.parent,
        "checkpoint": experiment.checkpoint,
        "stage": experiment.stage,
        "backend": experiment.backend,
        "method": experiment.method,
        "cells": {b: _cell(scores[name, b], against.get((name, b))) for b in benchmarks if (name, b) in scores},
    }
    if experiment.published:
        row["published"] = {}
        for benchmark, value in experiment.published.items():
            score = scores.get((name, benchmark))
            measured = (score["accuracy"], score["ci95"]) if score else (None, None)
            row["published"][benchmark] = published.beside(value, *measured)
    return row


def _cell(score: Score, comparison: Comparison | None) -> Cell:
    cell: Cell = {
        "accuracy": score["accuracy"],
        "ci95": score["ci95"],
        "ci95_normal": score["ci95_normal"],
        "correct": score["correct"],
        "n": score["n"],
        "unknown": score["unknown"],
        "samples": score["samples_per_question"],
        "best": False,
    }
    if comparison is not None:
        cell["delta_vs_baseline"], cell["p_adjusted"] = comparison["delta"], comparison["p_adjusted"]
    return cell


def _mark_best(rows: Sequence[Row], benchmarks: Sequence[str]) -> None:
    """All that share the highest accuracy; none where all are equal."""
    for name in benchmarks:
        cells = [row["cells"][name] for row in rows if name in row["cells"]]
        accuracies = [cell["accuracy"] for cell in cells]
        for cell in cells:
            cell["best"] = max(accuracies) > min(accuracies) and cell["accuracy"] == max(accuracies)


def _column(benchmark: TableBenchmark, n: int | None, baseline: Score | None, measured: float | None) -> Column:
    """`baseline`: its score; `measured`: the correlation of the others with it."""
    correlation = ASSUMED_CORRELATION if measured is None else measured
    return {
        "name": benchmark.name,
        "title": benchmark.title,
        "n": n,
        "samples": baseline["samples_per_question"] if baseline else None,
        "detectable": _detectable(baseline, correlation) if baseline else None,
        "correlation": correlation,
        "correlation_measured": measured is not None,
    }


def _detectable(score: Score, correlation: float) -> float | None:
    if score["samples_per_question"] == 1:
        return minimum_detectable_difference(score["n"], score["accuracy"], correlation=correlation)
    spread = score.get("question_sd") or 0.0
    return minimum_detectable_mean_difference(score["n"], score["accuracy"], spread, correlation=correlation)
