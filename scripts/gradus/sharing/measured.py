"""What was measured of a model, as its card tells it: of these very bytes, and of no earlier model of that name."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gradus.evaluation.pipe_table import ABSENT, escape, percent_with_arm, pipe_table
from gradus.graph.graph import Graph
from gradus.provenance.files import read_json, sha256_file
from gradus.provenance.records import Record, read_record
from gradus.sharing.shared import Shared

HEADER = ("Benchmark", "Accuracy (95% interval)", "Questions", "No answer", "Truncated", "How")


def results_table(graph: Graph, model: Shared) -> str:
    """One row a benchmark that the model was asked, in Markdown; empty where nothing was measured of it yet."""
    rows = [_row(graph, result) for run in _runs(graph, model) for result in _results(graph, model, run)]
    return pipe_table(HEADER, rows) if rows else ""


def _runs(graph: Graph, model: Shared) -> list[str]:
    """The rows of the tables that are this model: of a model of the graph, those that do not train it."""
    lineage = graph.context.lineage
    ours = (lineage.weights(run) for run in graph.context.measured)
    return [
        run for run, weights in zip(graph.context.measured, ours) if (weights.adapter or weights.dense) == model.name
    ]


def _results(graph: Graph, model: Shared, run: str) -> Iterator[Mapping[str, Any]]:
    digest = sha256_file(model.manifest)
    for benchmark in graph.context.asked(run):
        path = model.root / "eval" / run / f"{benchmark}.json"
        if path.is_file() and _is_of(model, digest, f"eval/{run}/{benchmark}"):
            yield read_json(path)


def _is_of(model: Shared, digest: str, job: str) -> bool:
    """Whether the model that was asked is the one that is here, by the records of all jobs from it to this result."""
    record = read_record(model.root / "ledger" / f"{job}.json")
    return record is not None and any(_leads_to(model, digest, path, record) for path in record.inputs)


def _leads_to(model: Shared, digest: str, path: str, record: Record) -> bool:
    if path == model.manifest.as_posix():
        return record.inputs[path].sha256 == digest
    if not Path(path).is_file() or not record.inputs[path].is_at(path):
        return False
    maker = re.sub(r"\.[a-z]+$", "", Path(path).relative_to(model.root).as_posix())
    before = read_record(model.root / "ledger" / f"{maker}.json")
    return before is not None and any(_leads_to(model, digest, other, before) for other in before.inputs)


def _row(graph: Graph, result: Mapping[str, Any]) -> list[str]:
    name, n, protocol = result["benchmark"], result["n"], result.get("protocol", {})
    how = ", ".join(
        f"{key.replace('_', ' ')} {value:g}" for key, value in protocol.items() if isinstance(value, int | float)
    )
    cells = [
        graph.study.benchmarks[name].title or name,
        percent_with_arm(result["accuracy"], result["ci95"]),
        f"{n:,}",
        *(f"{result[key]:,}" if key in result else ABSENT for key in ("no_answer", "truncated")),
        how or ABSENT,
    ]
    return [escape(cell) for cell in cells]
