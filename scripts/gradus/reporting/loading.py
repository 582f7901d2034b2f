"""From the files of a study to the inputs of its report. Every path is given, so that a build declares them all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from gradus.evaluation import completion_lengths, pass_csv, stages_table
from gradus.evaluation.ablation_table import Ablation
from gradus.evaluation.comparison_table import read_csv
from gradus.evaluation.scores import read_score
from gradus.evaluation.votes import rows as votes_csv
from gradus.models.manifest import Manifest
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, sha256_file
from gradus.provenance.tables import read_table
from gradus.reporting.chains import read_chains
from gradus.reporting.inputs import (
    Contamination,
    Metrics,
    Problem,
    Provenance,
    ReportInputs,
    Sample,
    TraceLengths,
    TraceSummary,
)
from gradus.reporting.ledger import read_ledger
from gradus.reporting.recipe import Recipe
from gradus.study.settings.published import PublishedNumber

Cell = tuple[str, str]
"""An experiment, or one of its training runs, and a benchmark."""


@dataclass(frozen=True)
class ReportFiles:
    """Paths to all that a report shows. Cells are (training run, benchmark); what is left out is not shown.

    runs: of each experiment, by name; one that is left out has one run, of its own name. metrics: of training runs
    and models. samples: of cells where answers are written. problems: by benchmark. specs: by the names of the jobs.
    best: of experiments that are or start from a best checkpoint, its manifest in each training run. entries: of the
    ledger, by the names of the jobs. published_costs: what was published of trainings, by experiment.
    """

    ablation: Path
    comparisons: Path | None = None
    votes: Path | None = None
    passes: Path | None = None
    stages: Path | None = None
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
    runs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    best: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    entries: Mapping[str, Path] = field(default_factory=dict)
    published_costs: Mapping[str, Mapping[str, PublishedNumber]] = field(default_factory=dict)

    def runs_of(self, experiment: str) -> Sequence[str]:
        """The names of an experiment's training runs."""
        return self.runs.get(experiment, (experiment,))

    def of_run(self, run: str, benchmark: str) -> tuple[Path | None, Path]:
        """The samples of a training run on a benchmark, where answers are written there, and the verdicts."""
        return self.samples.get((run, benchmark)), self.verdicts[run, benchmark]


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
    ledger = read_ledger(files.ledger) if files.ledger else []
    firsts = {
        run: f"{'samples' if (run, benchmark) in files.samples else 'likelihoods'}/{run}/{benchmark}"
        for run, benchmark in files.verdicts
    }
    sampled = {name: [firsts[run] for run in files.runs_of(name) if run in firsts] for name in experiments}
    best = [(name, files.best[name]) for name in experiments if name in files.best]
    return ReportInputs(
        ablation=table,
        comparisons=read_csv(files.comparisons) if files.comparisons else [],
        votes=votes_csv.read_csv(files.votes) if files.votes else [],
        passes=pass_csv.read_csv(files.passes) if files.passes else [],
        stages=stages_table.read_csv(files.stages) if files.stages else [],
        second_opinion=read_json(files.second_opinion)["benchmarks"] if files.second_opinion else [],
        completion_lengths=completion_lengths.read_csv(files.completion_lengths) if files.completion_lengths else [],
        metrics={name: _lines(files.metrics[name]) for name in runs},
        runs=files.runs,
        published_costs=files.published_costs,
        traces={name: cast(TraceSummary, read_json(path)) for name, path in files.traces.items()},
        lengths={name: cast(TraceLengths, read_json(path)) for name, path in files.lengths.items()},
        evals={cell: read_score(path) for cell, path in files.evals.items()},
        samples={cell: _samples(files, cell) for cell in _judged(files, experiments)},
        problems={name: _problems(path) for name, path in files.problems.items()},
        contamination=cast(Contamination, read_json(files.contamination)) if files.contamination else None,
        ledger=ledger,
        chains=read_chains(files.ablation.parent, files.entries, ledger, sampled),
        title=title,
        recipes=_recipes(files, experiments),
        best_steps={name: [step for path in paths if (step := Manifest.read(path).step)] for name, paths in best},
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


def _recipes(files: ReportFiles, experiments: list[str]) -> dict[str, Recipe]:
    """From the specs of the first training run of each experiment that was trained."""
    found: dict[str, Recipe] = {}
    for name in experiments:
        run = files.runs_of(name)[0]
        if path := files.specs.get(f"models/{run}"):
            spec = read_json(path)
            first = _lines(files.metrics[run])[0] if run in files.metrics else {}
            found[name] = Recipe.of(spec["stage"], spec["settings"], first if first.get("step") == 0 else {})
    return found


def _judged(files: ReportFiles, experiments: list[str]) -> list[Cell]:
    """The (experiment, benchmark) of which all training runs were judged."""
    benchmarks = dict.fromkeys(benchmark for _, benchmark in files.verdicts)
    cells = [(experiment, benchmark) for experiment in experiments for benchmark in benchmarks]
    return [(e, b) for e, b in cells if all((run, b) in files.verdicts for run in files.runs_of(e))]


def _samples(files: ReportFiles, cell: Cell) -> list[Sample]:
    """All samples of all training runs of an experiment on a benchmark, with their verdicts."""
    experiment, benchmark = cell
    runs = files.runs_of(experiment)
    return [sample for run in runs for sample in _run_samples(run, *files.of_run(run, benchmark))]


def _run_samples(run: str, samples: Path | None, verdicts: Path) -> list[Sample]:
    """Where nothing is written, the text of an answer is the letter of the option that was the likeliest."""
    judged = {(row["id"], row["sample"]): row for row in _rows(verdicts, ("id", "sample", "answer", "correct"))}
    joined: list[Sample] = []
    if samples is None:
        drawn = [row | {"text": row["answer"]} for row in judged.values()]
    else:
        drawn = _rows(samples, ("id", "sample", "text", "tokens", "finish_reason"))
    for row in drawn:
        verdict = judged.get((row["id"], row["sample"]))
        if verdict is None:
            raise GradusError(
                f"{verdicts}: no verdict for problem {row['id']!r} of {samples}; remove the file and build it again"
            )
        sample = Sample(
            run=run,
            id=row["id"],
            sample=row["sample"],
            text=row["text"],
            tokens=row["tokens"],
            finish_reason=row["finish_reason"],
            answer=verdict["answer"],
            correct=verdict["correct"],
        )
        if earlier := (row.get("messages") or [])[:-1]:
            sample["earlier"] = earlier
        joined.append(sample)
    return joined


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, Any]]:
    return read_table(path, columns).to_pylist()


def _problems(path: Path) -> list[Problem]:
    columns = ["id", "problem", "answer", "level", "subject"]
    return [Problem(**row) for row in read_table(path, columns, others=False).to_pylist()]
