"""Provenance: the code, settings and samples behind each number, and the command that builds each file again."""

from typing import Any

from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs

SHORT = 12
PROMPT_CHARACTERS = 3000


def section(inputs: ReportInputs) -> dict[str, Any]:
    """Groups of files with their digests and command; the protocol per benchmark; versions."""
    specs = inputs.provenance.get("specs") or {}
    results = str(inputs.provenance.get("results") or f"results/{inputs.study}")
    command = str(inputs.provenance.get("command") or "snakemake")

    def row(file: str, spec: str, digest: str | None = None) -> dict[str, Any]:
        return {
            "file": file,
            "spec": _short(specs.get(spec)),
            "digest": _short(digest),
            "command": f"{command} {results}/{file}",
        }

    digests = {cell: record.get("digests") or {} for cell, record in inputs.evals.items()}
    sets = [name for name in specs if name.startswith("problems/")]
    tables = ["ablation.json", "comparisons.csv", "votes.csv", "ledger.csv", "contamination.json"]
    there = [True, bool(inputs.comparisons), bool(inputs.votes), bool(inputs.ledger), bool(inputs.contamination)]
    groups = {
        "Tables": [row(file, file.rsplit(".", 1)[0] + ".json") for file, some in zip(tables, there) if some],
        "Problem sets": [row(name.removesuffix(".json") + ".parquet", name) for name in sets],
        "Trace sets": [row(f"traces/{name}.jsonl", f"traces/{name}.json") for name in inputs.traces],
        "Models": [row(f"models/{name}/metrics.jsonl", f"models/{name}.json") for name in inputs.metrics],
        "Samples": [
            row(f"samples/{e}/{b}.parquet", f"samples/{e}/{b}.json", digests[e, b].get("samples")) for e, b in digests
        ],
        "Scores": [row(f"eval/{e}/{b}.json", f"eval/{e}/{b}.json") for e, b in digests],
    }
    return {
        "groups": [{"title": title, "rows": rows} for title, rows in groups.items() if rows],
        "specs": bool(specs),
        "protocols": _protocols(inputs),
        "versions": sorted((inputs.provenance.get("versions") or {}).items()),
        "seed": inputs.provenance.get("seed"),
        "report": row("report.html", "report.json"),
    }


def _short(digest: Any) -> str:
    return str(digest).removeprefix("sha256:")[:SHORT] if digest else formats.NOTHING


def _protocols(inputs: ReportInputs) -> list[dict[str, Any]]:
    """Per benchmark: settings of sampling, digest of the problems, first prompt of the first experiment."""
    found = []
    for benchmark in inputs.benchmarks:
        record = next((r for (_, b), r in inputs.evals.items() if b == benchmark["name"]), None)
        if record:
            settings = record.get("protocol") or {}
            found.append(
                {
                    "title": inputs.title_of(benchmark["name"]),
                    "settings": [(key.replace("_", " "), _plain(value)) for key, value in sorted(settings.items())],
                    "problems": _short((record.get("digests") or {}).get("problems")),
                    "prompt": formats.clip(str(record.get("prompt") or ""), PROMPT_CHARACTERS)[0],
                }
            )
    return found


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
