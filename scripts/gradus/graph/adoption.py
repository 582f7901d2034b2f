"""`snakemake adopt`: keep what the release before this one built, so that our changes cost nobody GPU hours.

That release had no manifests, and specs of another form. A result is kept if its record proves that this very release
made it (the fingerprint of its code), by the settings that the study still has, of files that are still the same by
their digests. Then its spec and its record are rewritten as this release writes them, and a model gets its manifest,
all under their old time stamps. What is not kept is built again as usual; cheap tables are not looked at.

Remove it, with `former_specs.py` and `former_fingerprints.json`, in the release after this one.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import ValidationError

from gradus.graph.copied import outputs_of
from gradus.graph.former_specs import typed_spec
from gradus.graph.graph import Graph
from gradus.graph.job import Job
from gradus.graph.spec_files import Fingerprints, spec_text
from gradus.graph.verdicts import with_grader
from gradus.models.describe import write_manifest
from gradus.models.manifest import MANIFEST, Manifest
from gradus.provenance.errors import GradusError
from gradus.provenance.files import json_text, read_json, read_json_lines, rewrite, sha256_file
from gradus.provenance.records import Damaged, Input, read_record
from gradus.specs.base import JobSettings, Spec
from gradus.specs.models import DequantizeModelSpec, TakeCheckpointSpec
from gradus.specs.training import TrainingSpec

MADE = (
    *("fetch_data", "fetch_model", "make_problems", "check_references", "compare_benchmarks", "pretrain"),
    *("sample_traces", "filter_traces", "make_public_traces", "read_traces", "mix_traces", "find_overlaps"),
    *("judge_training_set", "drop_overlaps", "measure_traces", "sft", "grpo", "take_checkpoint", "dequantize_model"),
    *("sample_benchmark", "score_samples"),
)
"""Stages whose results are kept. Those of the others are tables, which have new forms."""


@dataclass(frozen=True)
class Adopted:
    """`kept` are names of jobs, `left` those that are built again, each with the reason."""

    kept: list[str]
    left: dict[str, str]


def adopt(graph: Graph) -> Adopted:
    """Keep what can be kept of the study's results; nothing else is changed."""
    table = json.loads(Path(__file__).with_name("former_fingerprints.json").read_text(encoding="utf-8"))
    codes, kept, left = Fingerprints(), [], {}
    read = _files_that_were_read(graph)
    for job in graph.jobs.values():
        if job.stage not in MADE:
            continue
        reason = _reason_to_build(graph, job, table, read)
        if reason is None:
            try:
                _rewrite(graph, job, codes.of(job))
            except GradusError as error:  # a model whose files are torn, before anything of it was written
                reason = str(error)
            else:
                kept.append(job.name)
        if reason:
            left[job.name] = reason
    return Adopted(kept, left)


def _files_that_were_read(graph: Graph) -> dict[str, Input]:
    """Files of the study, as the jobs found them that read them: records of results have no digests of their own."""
    found: dict[str, Input] = {}
    for entry in sorted(Path(graph.root, "ledger").rglob("*.json")):
        with suppress(Damaged):
            record = read_record(entry)
            found |= record.inputs if record else {}
    return found


def _reason_to_build(graph: Graph, job: Job, table: dict[str, str], read: dict[str, Input]) -> str | None:
    """Why a job's result cannot be kept; None where it can, empty where there is nothing to keep."""
    path, entry = _files(graph, job)
    try:
        record, former = read_record(entry), read_json(path)
    except (Damaged, FileNotFoundError):
        return ""
    if record is None or "script" not in former:
        return ""  # never built, or by this release
    if record.spec != sha256_file(path):
        return "it was made by another spec"
    if table.get(" ".join([former["script"], *former["modules"]])) != former["fingerprint"]:
        return "it was made by other code than that of the release before this one"
    if former["stage"] == "pretrain":
        return "models are pretrained on a corpus that is a file of its own now"
    try:
        made_by = typed_spec(former)
    except (KeyError, ValidationError) as error:
        return f"its spec cannot be read ({type(error).__name__})"
    if made_by.stage != job.stage or made_by.settings != job.settings:
        return "the study says other settings now"
    for file, known in record.inputs.items():
        if not Path(file).exists() or not known.is_at(file):
            return f"{file} is not what it was made of"
    if not _is_there(job):
        return "its files are gone"
    folder = Path(job.result).parent if Path(job.result).name == MANIFEST else None
    for file, known in read.items():
        if (Path(file).parent == folder or file == job.result) and not (Path(file).exists() and known.is_at(file)):
            return f"{file} is not what was made"
    return None


def _is_there(job: Job) -> bool:
    result = Path(job.result)
    if result.name != MANIFEST:
        return result.exists()
    return any(result.parent.glob("*.safetensors*")) or (result.parent / "tokenizer.json").exists()


def _rewrite(graph: Graph, job: Job, spec: Spec[JobSettings]) -> None:
    path, entry = _files(graph, job)
    if job.verdicts:
        spec = with_grader(spec, job, graph.root, changed=())
    if Path(job.result).name == MANIFEST:
        _describe(graph, job, made=entry.stat().st_mtime_ns)
    rewrite(path, spec_text(spec))
    values = read_json(entry) | {"stage": job.stage, "spec": sha256_file(path)}
    files = dict.fromkeys(_as_now(file) for file in values["inputs"])
    values["inputs"] = {file: asdict(Input.of(file)) for file in files}
    rewrite(entry, json_text(values).encode())


def _as_now(file: str) -> str:
    """Models were read by their weights' or tokenizer's files, now they are by their manifests."""
    manifest = Path(file).with_name(MANIFEST)
    in_a_model = Path(file).parent.parent.name == "models" and manifest.is_file() and Path(file).suffix != ".jsonl"
    return str(manifest) if in_a_model else file


def _describe(graph: Graph, job: Job, made: int) -> None:
    """Write a model's manifest; `made` is the time stamp of what else its job left, in nanoseconds."""
    folder, base = Path(job.result).parent, None
    settings = job.settings
    if isinstance(settings, TrainingSpec):
        base = Path(graph.root, "models", settings.weights.dense, MANIFEST)
    elif isinstance(settings, TakeCheckpointSpec):
        base = _base_of(Path(graph.root, "models", settings.experiment, MANIFEST))
    quantized = settings.weights.dense if isinstance(settings, DequantizeModelSpec) else None
    write_manifest(
        folder,
        base=base,
        dequantized_from=None if quantized is None else Path(graph.root, "models", quantized, MANIFEST),
        step=_last_step(folder),
    )
    os.utime(job.result, ns=(made, made))


def _base_of(trained: Path) -> Path | None:
    manifest = Manifest.read(trained)
    return manifest.folder / manifest.base.folder / MANIFEST if manifest.base else None


def _last_step(folder: Path) -> int | None:
    metrics = folder / "metrics.jsonl"
    return read_json_lines(metrics)[-1]["step"] if metrics.is_file() else None


def _files(graph: Graph, job: Job) -> tuple[Path, Path]:
    """The spec of a job, and its entry in the ledger."""
    return Path(graph.root, "specs", f"{job.name}.json"), Path(graph.root, "ledger", f"{job.name}.json")


def recorded_outputs(graph: Graph, adopted: Adopted) -> Iterator[str]:
    """The files that Snakemake may have records of, which hold the rules and inputs of the release before."""
    for name in adopted.kept:
        yield from outputs_of(graph, graph.jobs[name])
