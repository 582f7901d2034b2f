"""Provenance: the code, settings and samples behind each number, and the command that builds each file again."""

from typing import TypedDict

from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.study.settings.truncation import WHOLE, truncation

DIGEST_CHARACTERS = 12
PROMPT_CHARACTERS = 3000


class FileView(TypedDict):
    """A file with the digests of its job's spec and of its bytes, and the command that builds it."""

    file: str
    spec: str
    digest: str
    command: str


class FileGroup(TypedDict):
    title: str
    rows: list[FileView]


class ProtocolView(TypedDict):
    """How a benchmark was asked."""

    title: str
    settings: list[tuple[str, str]]
    problems: str
    prompt: str


class Rebuild(TypedDict):
    """`specs`: whether their digests are known. `versions`: by package."""

    groups: list[FileGroup]
    specs: bool
    protocols: list[ProtocolView]
    versions: list[tuple[str, str]]
    seed: int | None
    report: FileView


def section(inputs: ReportInputs) -> Rebuild:
    """Groups of files with their digests and command; the protocol per benchmark; versions."""
    specs = inputs.provenance.specs
    results = inputs.provenance.results or f"results/{inputs.study}"

    def row(file: str, job: str, digest: str | None = None) -> FileView:
        return {
            "file": file,
            "spec": _short(specs.get(job)),
            "digest": _short(digest),
            "command": f"snakemake {results}/{file}",
        }

    digests = {cell: score["digests"] for cell, score in inputs.evals.items()}
    sets = [name for name in specs if name.startswith("problems/")]
    tables = [
        ("ablation.json", "ablation", True),
        ("comparisons.csv", "comparisons", bool(inputs.comparisons)),
        ("votes.csv", "votes", bool(inputs.votes)),
        ("pass_at_k.csv", "votes", bool(inputs.passes)),
        ("lengths.csv", "lengths", bool(inputs.completion_lengths)),
        ("ledger.csv", "ledger", bool(inputs.ledger)),
        ("contamination.json", "contamination", bool(inputs.contamination)),
    ]
    groups = {
        "Tables": [row(file, job) for file, job, there in tables if there],
        "Problem sets": [row(f"{name}.parquet", name) for name in sets],
        "Trace sets": [row(f"traces/{name}.jsonl", f"traces/{name}") for name in inputs.traces],
        "Models": [row(f"models/{name}/metrics.jsonl", f"models/{name}") for name in inputs.metrics],
        "Samples": [
            row(f"samples/{e}/{b}.parquet", f"samples/{e}/{b}", digests[e, b].get("samples"))
            for e, b in digests
            if "likelihoods" not in digests[e, b]
        ],
        "Likelihoods": [
            row(f"likelihoods/{e}/{b}.parquet", f"likelihoods/{e}/{b}", digests[e, b]["likelihoods"])
            for e, b in digests
            if "likelihoods" in digests[e, b]
        ],
        "Scores": [row(f"eval/{e}/{b}.json", f"eval/{e}/{b}") for e, b in digests],
    }
    return {
        "groups": [{"title": title, "rows": rows} for title, rows in groups.items() if rows],
        "specs": bool(specs),
        "protocols": _protocols(inputs),
        "versions": sorted(inputs.provenance.versions.items()),
        "seed": inputs.provenance.seed,
        "report": row("report.html", "report"),
    }


def _short(digest: str | None) -> str:
    return str(digest).removeprefix("sha256:")[:DIGEST_CHARACTERS] if digest else formats.NOTHING


def _protocols(inputs: ReportInputs) -> list[ProtocolView]:
    """Per benchmark: settings of sampling, digest of the problems, first prompt of the first experiment."""
    found: list[ProtocolView] = []
    for benchmark in inputs.benchmarks:
        record = next((r for (_, b), r in inputs.evals.items() if b == benchmark["name"]), None)
        if record:
            every = truncation(WHOLE)  # which need not be said
            settings = {key: v for key, v in record["protocol"].items() if key not in every or v != every[key]}
            found.append(
                {
                    "title": inputs.title_of(benchmark["name"]),
                    "settings": [(key.replace("_", " "), _plain(value)) for key, value in sorted(settings.items())],
                    "problems": _short(record["digests"].get("problems")),
                    "prompt": formats.clip(record["prompt"], PROMPT_CHARACTERS)[0],
                }
            )
    return found


def _plain(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
