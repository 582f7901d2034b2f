"""From the files of a study to the inputs of its report. Paths are explicit, so that a build can declare them."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, sha256_file
from gradus.reporting.inputs import Problem, ReportInputs, Sample
from gradus.reporting.ledger import read_ledger

Cell = tuple[str, str]


@dataclass(frozen=True)
class ReportFiles:
    """Paths to all that a report shows. Cells are (experiment, benchmark); what is left out is not shown."""

    ablation: Path
    comparisons: Path | None = None
    votes: Path | None = None
    second_opinion: Path | None = None
    ledger: Path | None = None
    contamination: Path | None = None
    metrics: dict[str, Path] = field(default_factory=dict)
    traces: dict[str, Path] = field(default_factory=dict)
    lengths: dict[str, Path] = field(default_factory=dict)
    evals: dict[Cell, Path] = field(default_factory=dict)
    samples: dict[Cell, Path] = field(default_factory=dict)
    verdicts: dict[Cell, Path] = field(default_factory=dict)
    problems: dict[str, Path] = field(default_factory=dict)
    specs: dict[str, Path] = field(default_factory=dict)


def files_of(
    results: str | Path,
    problem_sets: Mapping[str, str] | None = None,
    models: Iterable[str] | None = None,
    traces: Iterable[str] | None = None,
) -> ReportFiles:
    """The files that a study's folder `results/<study>` has.

    `problem_sets` gives the set behind each benchmark (else its name). `models` names the runs that are no experiment,
    and `traces` the trace sets: without them all that lie there are taken, those of an earlier study file too.
    """
    root = Path(results)
    table = _table(root / "ablation.json")
    experiments = [entry["name"] for entry in table["experiments"]]
    benchmarks = [entry["name"] for entry in table["benchmarks"]]
    sets = {name: (problem_sets or {}).get(name, name) for name in benchmarks}
    runs = sorted(path.parent.name for path in root.glob("models/*/metrics.jsonl"))
    others = [name for name in runs if name not in experiments and (models is None or name in set(models))]
    runs = [name for name in experiments if name in runs] + others
    summaries = {path.name.removesuffix(".summary.json"): path for path in sorted(root.glob("traces/*.summary.json"))}

    taught = [entry["name"] for entry in table["experiments"] if entry.get("stage") == "sft"]

    def there(path: Path) -> Path | None:
        return path if path.is_file() else None

    def cells(pattern: str) -> dict[Cell, Path]:
        paths = {(e, b): root / pattern.format(experiment=e, benchmark=b) for e in experiments for b in benchmarks}
        return {cell: path for cell, path in paths.items() if path.is_file()}

    return ReportFiles(
        ablation=root / "ablation.json",
        comparisons=there(root / "comparisons.csv"),
        votes=there(root / "votes.csv"),
        second_opinion=there(root / "second_opinion.json"),
        ledger=there(root / "ledger.csv"),
        contamination=there(root / "contamination.json"),
        metrics={name: root / "models" / name / "metrics.jsonl" for name in runs},
        traces={name: summaries[name] for name in (summaries if traces is None else traces) if name in summaries},
        lengths={name: path for name in taught if (path := there(root / "lengths" / f"{name}.json"))},
        evals=cells("eval/{experiment}/{benchmark}.json"),
        samples=cells("samples/{experiment}/{benchmark}.parquet"),
        verdicts=cells("eval/{experiment}/{benchmark}.verdicts.parquet"),
        problems={b: path for b, name in sets.items() if (path := there(root / "problems" / f"{name}.parquet"))},
        specs={p.relative_to(root / "specs").as_posix(): p for p in sorted((root / "specs").rglob("*.json"))},
    )


def load_inputs(files: ReportFiles, provenance: Mapping[str, Any] | None = None, title: str = "") -> ReportInputs:
    """Read all files. `title` is the study's, else its name.

    `provenance` may add `versions` (name -> version), `seed`, `results` (the folder as commands name it) and `command`
    (the build command, default `snakemake`).

    Raises GradusError for a table that is malformed, or verdicts that do not match their samples.
    """
    specs = {name: sha256_file(path) for name, path in files.specs.items()}
    judged = [cell for cell in files.samples if cell in files.verdicts]
    return ReportInputs(
        ablation=_table(files.ablation),
        comparisons=_numbers(files.comparisons, text=("a", "b", "benchmark")),
        votes=_numbers(files.votes, text=("experiment", "benchmark")),
        second_opinion=read_json(files.second_opinion)["benchmarks"] if files.second_opinion else [],
        metrics={name: _lines(path) for name, path in files.metrics.items()},
        traces={name: read_json(path) for name, path in files.traces.items()},
        lengths={name: read_json(path) for name, path in files.lengths.items()},
        evals={cell: read_json(path) for cell, path in files.evals.items()},
        samples={cell: _samples(files.samples[cell], files.verdicts[cell]) for cell in judged},
        problems={name: _problems(path) for name, path in files.problems.items()},
        contamination=read_json(files.contamination) if files.contamination else {},
        ledger=read_ledger(files.ledger) if files.ledger else [],
        title=title,
        provenance={"results": files.ablation.parent.as_posix(), "specs": specs, **(provenance or {})},
    )


def _table(path: Path) -> dict[str, Any]:
    table = read_json(path)
    for key in ("study", "benchmarks", "experiments"):
        if not table.get(key):
            raise GradusError(f"{path}: no `{key}`; a report needs one. Delete the file and rerun to write it anew.")
    return table


def _lines(path: Path) -> list[dict[str, Any]]:
    rows = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    rows.append(json.loads(line))
                except json.JSONDecodeError as error:
                    raise GradusError(f"{path}, line {number}: not JSON ({error}); rerun the training job.") from error
    return rows


def _numbers(path: Path | None, text: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of a CSV file whose other columns are numbers, or None where empty."""
    if path is None:
        return []
    rows: list[dict[str, Any]] = []
    with open(path, encoding="utf-8", newline="") as file:
        for line, record in enumerate(csv.DictReader(file), 2):
            row: dict[str, Any] = {}
            for key, value in record.items():
                try:
                    row[key] = value if key in text else float(value) if value else None
                except (TypeError, ValueError) as error:
                    raise GradusError(f"{path}, line {line}: `{key}` is {value!r}, not a number.") from error
            rows.append(row)
    return rows


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
