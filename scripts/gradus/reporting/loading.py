"""From the files of a study to the inputs of its report. Every path is given, so that a build declares them all."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pyarrow.parquet as parquet

from gradus.evaluation import completion_lengths, pass_table
from gradus.evaluation.ablation_table import Ablation
from gradus.evaluation.comparison_table import read_csv
from gradus.evaluation.scores import read_score
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, sha256_file
from gradus.reporting.inputs import (
    Contamination,
    Metrics,
    Problem,
    Provenance,
    ReportInputs,
    Sample,
    TraceLengths,
    TraceSummary,
    VoteRow,
    VoteValue,
)
from gradus.reporting.ledger import read_ledger

Cell = tuple[str, str]


@dataclass(frozen=True)
class ReportFiles:
    """Paths to all that a report shows. Cells are (experiment, benchmark); what is left out is not shown.

    metrics: of runs, experiments or not. problems: by benchmark. specs: by the names of the jobs.
    """

    ablation: Path
    comparisons: Path | None = None
    votes: Path | None = None
    passes: Path | None = None
    second_opinion: Path | None = None
    completion_lengths: Path | None = None
    ledger: Path | None = None
    contamination: Path | None = None
    metrics: Mapping[str, Path] = field(default_factory=dict)
    traces: Mapping[str, Path] = field(default_factory=dict)
    lengths: Mapping[str, Path] = field(default_factory=dict)
    evals: Mapping[Cell, Path] = field(default_factory=dict)
    samples: Mapping[Cell, Path] = field(default_factory=dict)
    verdicts: Mapping[Cell, Path] = field(default_factory=dict)
    problems: Mapping[str, Path] = field(default_factory=dict)
    specs: Mapping[str, Path] = field(default_factory=dict)


def load_inputs(
    files: ReportFiles, versions: Mapping[str, str] | None = None, seed: int | None = None, title: str = ""
) -> ReportInputs:
    """Read all files. `versions`: of packages, by name. `title`: the study's, else its name is shown.

    Raises GradusError for a table that is malformed, or verdicts that do not match their samples.
    """
    table = _table(files.ablation)
    experiments = [entry["name"] for entry in table["experiments"]]
    runs = [name for name in experiments if name in files.metrics]
    runs += [name for name in files.metrics if name not in experiments]
    specs = {name: sha256_file(path) for name, path in files.specs.items()}
    judged = [cell for cell in files.samples if cell in files.verdicts]
    return ReportInputs(
        ablation=table,
        comparisons=read_csv(files.comparisons) if files.comparisons else [],
        votes=_votes(files.votes) if files.votes else [],
        passes=pass_table.read_csv(files.passes) if files.passes else [],
        second_opinion=read_json(files.second_opinion)["benchmarks"] if files.second_opinion else [],
        completion_lengths=completion_lengths.read_csv(files.completion_lengths) if files.completion_lengths else [],
        metrics={name: _lines(files.metrics[name]) for name in runs},
        traces={name: cast(TraceSummary, read_json(path)) for name, path in files.traces.items()},
        lengths={name: cast(TraceLengths, read_json(path)) for name, path in files.lengths.items()},
        evals={cell: read_score(path) for cell, path in files.evals.items()},
        samples={cell: _samples(files.samples[cell], files.verdicts[cell]) for cell in judged},
        problems={name: _problems(path) for name, path in files.problems.items()},
        contamination=cast(Contamination, read_json(files.contamination)) if files.contamination else None,
        ledger=read_ledger(files.ledger) if files.ledger else [],
        title=title,
        provenance=Provenance(files.ablation.parent.as_posix(), seed, versions or {}, specs),
    )


def _table(path: Path) -> Ablation:
    table = read_json(path)
    for key in ("study", "benchmarks", "experiments"):
        if not table.get(key):
            raise GradusError(f"{path}: no `{key}`; a report needs one. Delete the file and rerun to write it anew.")
    return cast(Ablation, table)


def _lines(path: Path) -> Metrics:
    rows: Metrics = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    rows.append(json.loads(line))
                except json.JSONDecodeError as error:
                    raise GradusError(f"{path}, line {number}: not JSON ({error}); rerun the training job.") from error
    return rows


def _votes(path: Path) -> list[VoteRow]:
    """The rows of votes.csv. A vote has the columns `maj`, `maj_lo`, `maj_hi`, `maj_error` and `maj_published`, of
    which some may be missing or empty; for others than `maj` likewise.
    """
    with open(path, encoding="utf-8", newline="") as file:
        return [_vote_row(record, f"{path}, line {line}") for line, record in enumerate(csv.DictReader(file), 2)]


def _vote_row(record: Mapping[str, str | None], where: str) -> VoteRow:
    def number(column: str) -> float | None:
        text = record.get(column)
        try:
            return float(text) if text else None
        except ValueError as error:
            raise GradusError(f"{where}: `{column}` is {text!r}, not a number.") from error

    def whole(column: str) -> int:
        if (value := number(column)) is None:
            raise GradusError(f"{where}: no `{column}`; delete the file and rerun to write it anew.")
        return int(value)

    votes: dict[str, VoteValue] = {}
    for kind in (column for column in record if column.startswith(("maj", "pass")) and f"{column}_lo" in record):
        if (value := number(kind)) is not None:
            low, high = number(f"{kind}_lo"), number(f"{kind}_hi")
            interval = None if low is None or high is None else (low, high)
            votes[kind] = VoteValue(value, interval, number(f"{kind}_error") or 0.0, number(f"{kind}_published"))
    return VoteRow(
        experiment=str(record["experiment"]),
        benchmark=str(record["benchmark"]),
        k=whole("k"),
        n=whole("n"),
        benchmark_n=whole("benchmark_n"),
        samples=whole("samples"),
        votes=votes,
    )


def _samples(samples: Path, verdicts: Path) -> list[Sample]:
    """The first sample of each problem, with its verdict."""
    judged = {(row["id"], row["sample"]): row for row in parquet.read_table(verdicts).to_pylist()}
    joined: list[Sample] = []
    seen: set[str] = set()
    for row in parquet.read_table(samples).to_pylist():
        if row["id"] in seen:
            continue
        seen.add(row["id"])
        verdict = judged.get((row["id"], row["sample"]))
        if verdict is None:
            raise GradusError(f"{verdicts}: no verdict for problem {row['id']!r} of {samples}; rerun the scoring.")
        joined.append(
            Sample(
                id=row["id"],
                text=row["text"],
                tokens=row["tokens"],
                finish_reason=row["finish_reason"],
                answer=verdict["answer"],
                correct=verdict["correct"],
            )
        )
    return joined


def _problems(path: Path) -> list[Problem]:
    columns = ["id", "problem", "answer", "level", "subject"]
    return [Problem(**row) for row in parquet.read_table(path, columns=columns).to_pylist()]
