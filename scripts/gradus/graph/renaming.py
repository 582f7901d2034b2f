"""`snakemake adopt` for what was renamed: models and samples go to their new names, and the records with them.

What they are made of stays the same to the byte, so nothing is trained or sampled; scores and tables, which have names
in them, are made again. Time stamps stay too, so that nothing is newer than what was made of it.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

from gradus.graph.copied import outputs_of
from gradus.graph.graph import Graph
from gradus.graph.job import Job
from gradus.graph.renamed import Renamed, forget_note, note
from gradus.graph.spec_files import PlannedSpecs, is_model
from gradus.models.manifest import ADAPTER_CONFIG, MANIFEST, PLACE, BaseModelRef, Manifest
from gradus.provenance.files import json_text, read_json, rewrite, sha256_file


def keep_renamed(graph: Graph, specs: PlannedSpecs, renamed: Renamed) -> list[str]:
    """Move the results; returns the files that Snakemake may have records of, which hold the former inputs."""
    note(graph, renamed.names)
    moving = _Moving(Path(graph.root), renamed)
    for job, now in renamed.kept:
        moving.move(job, now, specs.changes[now.name].text)
    forget_note(graph)
    return [file for _, now in renamed.kept for file in outputs_of(graph, now)]


class _Moving:
    def __init__(self, results: Path, renamed: Renamed) -> None:
        self._results, self._present = results, renamed.names.inverse
        models = [(job, now) for job, now in renamed.kept if is_model(now)]
        self._manifests = {now.result: self._manifest(job, now) for job, now in models}
        """By their present paths: the digest that readers know, and what they are to be."""

    def move(self, job: Job, now: Job, spec: bytes) -> None:
        if is_model(now):
            _rename(Path(job.result).parent, Path(now.result).parent)
            rewrite(now.result, self._manifests[now.result][1])
            for config in sorted(Path(now.result).parent.rglob(ADAPTER_CONFIG)):
                self._place_base(config)
        else:
            _rename(Path(job.result), Path(now.result))
        for folder, suffix in (("logs", ".log"), ("benchmarks", ".tsv")):
            _rename(self._results / folder / f"{job.name}{suffix}", self._results / folder / f"{now.name}{suffix}")
        entry, path = (self._results / folder / f"{job.name}.json" for folder in ("ledger", "specs"))
        record = read_json(entry)
        inputs = dict(self._input(file, known) for file, known in record["inputs"].items())
        record |= {"name": now.name, "spec": sha256(spec).hexdigest(), "inputs": inputs}
        rewrite(entry, json_text(record).encode(), onto=self._results / "ledger" / f"{now.name}.json")
        rewrite(path, spec, onto=self._results / "specs" / f"{now.name}.json")

    def _manifest(self, job: Job, now: Job) -> tuple[str, bytes]:
        """That of a model, which names the one that it was trained on."""
        manifest = Manifest.read(job.result if Path(job.result).exists() else now.result)
        refers = {key: self._reference(getattr(manifest, key)) for key in ("base", "dequantized_from")}
        return sha256_file(manifest.path), manifest.model_copy(update=refers).text().encode()

    def _reference(self, to: BaseModelRef | None) -> BaseModelRef | None:
        return to and to.model_copy(update={"folder": str(self._present_path(Path(to.folder)))})

    def _place_base(self, config: Path) -> None:
        """PEFT finds a base by its whole path."""
        values, key = read_json(config), PLACE[ADAPTER_CONFIG]
        base = Path(values[key])
        if base.parent.parts[-3:] == (*self._results.parts[-2:], "models"):
            rewrite(config, json_text(values | {key: str(self._present_path(base))}).encode())

    def _present_path(self, model: Path) -> Path:
        return model.with_name(self._present.run(model.name))

    def _input(self, file: str, known: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """A file that a job read, by its present path. Manifests may have other bytes, and have the same time stamp."""
        path, models = Path(file), self._results / "models"
        if not path.is_relative_to(models):
            return file, known
        name, *rest = path.relative_to(models).parts
        path = self._present_path(models / name).joinpath(*rest)
        digest, text = self._manifests.get(str(path), ("", b""))
        if not text and path.name == MANIFEST and path.is_file() and path.stat().st_mtime_ns == known["time"]:
            digest, text = known["sha256"], path.read_bytes()  # moved by a call that was stopped
        if text and digest == known["sha256"]:
            known = known | {"sha256": sha256(text).hexdigest(), "size": len(text)}
        return str(path), known


def _rename(old: Path, new: Path) -> None:
    """Move a file or folder, if it is there still; what a former result has left in a folder's place stays."""
    if old == new or not old.exists():
        return
    if old.is_dir() and new.is_dir():
        for path in sorted(old.iterdir()):
            _rename(path, new / path.name)
    else:
        new.parent.mkdir(parents=True, exist_ok=True)
        old.replace(new)
    left = old if old.is_dir() else old.parent
    if left.is_dir() and not any(left.iterdir()):
        left.rmdir()
