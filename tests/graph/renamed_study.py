"""The small study with results that were made up, in which names change."""

import hashlib
from pathlib import Path
from typing import Any

from gradus.graph.graph import Graph
from gradus.graph.renamed import NOTE, Renamed, find_renamed
from gradus.graph.renaming import keep_renamed
from gradus.graph.spec_files import is_model, plan_specs, write_specs
from gradus.models.manifest import ADAPTER_CONFIG, BaseModelRef, Manifest, ModelFile
from gradus.provenance.files import read_json, sha256_file, write_json
from gradus.provenance.records import inputs_of
from study.made_study import changed

ROOT = Path("results/small")


DRAWN = ("models", "samples", "traces")
"""Where results are that nothing else would give again."""


CHOSEN = ("sample_problems", "keep_problems")
"""Stages of other such results."""


SFT = {"from": "base", "stage": "sft", "traces": ["custom"], "learning_rate": 1e-3}


def build(path: Path) -> Graph:
    """Results of every job that trains or samples, whose content tells of no name, and their records."""
    graph = Graph.read(path)
    write_specs(graph, plan_specs(graph))
    drawn = [job for job in graph.jobs.values() if job.name.split("/")[0] in DRAWN or job.stage in CHOSEN]
    for number, job in enumerate(drawn):
        result = Path(job.result)
        result.parent.mkdir(parents=True, exist_ok=True)
        if is_model(job):
            _write_model(job.settings, result.parent, number)
        else:
            result.write_text(f"samples {number}")
    for job in drawn:
        read = [file for files in job.reads.values() for file in files if Path(file).is_file()]
        gone = {file: {"sha256": "", "size": 0, "time": 0} for files in job.reads.values() for file in files}
        known = {file: vars(one) for file, one in inputs_of(read).items()}
        spec = sha256_file(ROOT / "specs" / f"{job.name}.json")
        entry = {"stage": job.stage, "name": job.name, "wall_seconds": 1.0, "spec": spec, "inputs": gone | known}
        write_json(ROOT / "ledger" / f"{job.name}.json", entry)
    return graph


def _write_model(settings: Any, folder: Path, number: int) -> None:
    """Weights that are nobody else's; adapters name the model beneath them."""
    adapter = getattr(settings, "method", "full") != "full"
    weights = "adapter_model.safetensors" if adapter else "model.safetensors"
    (folder / weights).write_text(f"weights {number}")
    (folder / "tokenizer.json").write_text("tokenizer")
    names, base = [weights, "tokenizer.json"], None
    if adapter:
        beneath = ROOT / "models" / settings.weights.dense
        write_json(folder / ADAPTER_CONFIG, {"base_model_name_or_path": str(beneath.resolve())})
        write_json(folder / "checkpoints/1" / ADAPTER_CONFIG, {"base_model_name_or_path": str(beneath.resolve())})
        base = BaseModelRef(folder=f"../{beneath.name}", sha256=Manifest.read(beneath / "model.json").digest())
    digests = {name: sha256_file(folder / name) for name in names}
    files = {name: ModelFile(size=(folder / name).stat().st_size, sha256=digests[name]) for name in names}
    manifest = Manifest(
        kind="adapter" if adapter else "dense",
        files=files,
        weights=[weights],
        base=base,
        tokenizer="tokenizer.json",
        template=hashlib.sha256(b"").hexdigest(),
        ends=[2],
    )
    (folder / "model.json").write_text(manifest.text())


def found(path: Path) -> Renamed | None:
    graph = Graph.read(path)
    return find_renamed(graph, plan_specs(graph))


def content() -> dict[str, str]:
    """The results' bytes by their paths."""
    files = [path for kind in ("models", "samples") for path in (ROOT / kind).rglob("*") if path.is_file()]
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in files}


def renaming_sft(folder: Path, *more: tuple[str, Any], **settings: Any) -> Path:
    """The small study in which `sft` is `new`."""
    new = ("experiments.new", SFT | settings)
    return changed(folder, new, ("experiments.sft_rl.from", "new"), *more, ("experiments.sft", None))


def adopt(path: Path) -> None:
    """Keep what was renamed, and see that all of it is as the study plans it now."""
    graph = Graph.read(path)
    specs = plan_specs(graph)
    renamed = find_renamed(graph, specs)
    assert renamed is not None
    assert not renamed.lacking
    stamps = {job.name: Path(job.result).stat().st_mtime_ns for job, _ in renamed.kept if Path(job.result).exists()}
    keep_renamed(graph, specs, renamed)
    assert not (ROOT / NOTE).exists()
    planned = plan_specs(graph)
    assert not [name for name in planned.changes if name.split("/")[0] in DRAWN]
    for job, now in renamed.kept:
        if job.name in stamps:
            assert Path(now.result).stat().st_mtime_ns == stamps[job.name], "nothing is newer for it"
        record = read_json(ROOT / "ledger" / f"{now.name}.json")
        assert record["name"] == now.name
        read = [file for files in now.reads.values() for file in files]
        assert {file: vars(one) for file, one in inputs_of(read).items()}.items() <= record["inputs"].items()
    assert find_renamed(graph, planned) is None
