"""A study whose models are there as a build leaves them, without a training: a base, a dense one and an adapter."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from gradus.graph.graph import Graph
from gradus.graph.job import Job
from gradus.graph.spec_files import Fingerprints, planned_spec, spec_text
from gradus.models.describe import write_manifest
from gradus.models.lora import Adapter, save_adapter
from gradus.models.manifest import MANIFEST
from gradus.models.store import load_model
from gradus.provenance.files import sha256_file, write_json, write_text
from gradus.provenance.records import inputs_of
from hub.double import HubDouble
from hub.made_repos import qwen3
from hub.scripts import Scripts

STUDY = """\
study: tiny
title: A tiny study
models:
  base: {steps: 2}
  known: {source: hub, repo: Qwen/tiny}
problems:
  train: {source: pocket, size: 10}
  test: {source: pocket, size: 10}
traces:
  custom: {kind: pocket_public, size: 5}
benchmarks:
  test: {problems: test, title: Ten questions}
experiments:
  baseline: {from: base, stage: none}
  sft: {from: base, stage: sft, title: 'SFT | all', traces: [custom], method: full}
  rl: {from: base, stage: grpo, problems: train}
groups:
  pretrained: [base]
  tuned: [sft, rl]
hub: {namespace: me, license: mit}
"""
ROOT = Path("results/tiny")
TOKEN = "hf_of_me"
PARTS = ("models", "specs", "ledger", "contamination")


class Project(Scripts):
    """A folder with the study and its results, from which scripts ask the double."""

    def __init__(self, folder: Path, hub: HubDouble, text: str = STUDY) -> None:
        super().__init__(folder, hub.url)
        self.hub = hub
        self.results = folder / ROOT
        folder.mkdir(parents=True, exist_ok=True)
        self.write(text)
        hub.writers["me"] = TOKEN

    def write(self, text: str) -> None:
        (self.folder / "study.yaml").write_text(text, encoding="utf-8")

    def run(self, target: str, *arguments: str, token: str = TOKEN, **config: object) -> bool:
        """Whether `snakemake TARGET --config ...` would succeed; what its script said is in `said`."""
        variables = {"HF_HUB_DISABLE_XET": "1"} | ({"HF_TOKEN": token} if token else {})
        return self.succeeds(f"{target}.py", "study.yaml", "--config", json.dumps(config), *arguments, **variables)

    def files(self) -> dict[str, bytes]:
        """All results of models by their paths, with the specs and records of what is made."""
        found = {str(path.relative_to(self.results)): path for part in PARTS for path in self._below(part)}
        planned = {name for name in found if name.startswith("specs/") and f"ledger{name[5:]}" not in found}
        return {name: path.read_bytes() for name, path in found.items() if name not in planned}

    def _below(self, part: str) -> list[Path]:
        return [path for path in (self.results / part).rglob("*") if path.is_file()]


def make_models(project: Project) -> None:
    """Make the three models, each with metrics, record, and the adapter with a checkpoint."""
    before = Path.cwd()
    os.chdir(project.folder)
    try:
        graph = Graph.read("study.yaml")
        _dense(graph, "base", seed=0)
        _dense(graph, "sft", seed=1)
        _adapter(graph, "rl", "base")
        for name in ("traces/custom", "problems/train", "corpora/base"):
            _judge(graph, f"contamination/{name}.gate")
    finally:
        os.chdir(before)


def _dense(graph: Graph, name: str, seed: int) -> None:
    folder = ROOT / "models" / name
    folder.mkdir(parents=True)
    for file, data in qwen3(seed).items():
        if file.startswith(("model", "config", "generation", "tokenizer", "chat")) and not file.endswith(".py"):
            (folder / file).write_bytes(data)
    _finish(graph, name, [] if name == "base" else [ROOT / "models/base" / MANIFEST])


def _adapter(graph: Graph, name: str, base: str) -> None:
    folder, of = ROOT / "models" / name, ROOT / "models" / base
    weights = load_model(of)[1]
    target = "model.layers.0.self_attn.q_proj.weight"
    out, inside = weights[target].shape
    a, b = weights[target].new_ones(2, inside).float(), weights[target].new_ones(out, 2).float()
    for step, place in enumerate([folder / "checkpoints/step-0001", folder], 1):
        place.mkdir(parents=True, exist_ok=True)
        save_adapter(place, Adapter(2, 4.0, ("q_proj",), {target: a * step}, {target: b}), str(of))
        for file in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
            (place / file).write_bytes((of / file).read_bytes())
    _finish(graph, name, [of / MANIFEST], base=of / MANIFEST)


def _finish(graph: Graph, name: str, inputs: list[Path], base: Path | None = None) -> None:
    job, folder = graph.jobs[f"models/{name}"], ROOT / "models" / name
    spec = _write_spec(graph, job)
    write_text(folder / "metrics.jsonl", '{"step": 1, "loss": 2.5}\n')
    write_manifest(folder, base=base)
    write_record(job.stage, job.name, spec, inputs)


def _judge(graph: Graph, name: str) -> None:
    spec = _write_spec(graph, graph.jobs[name])
    write_json(ROOT / f"{name}.json", {"refused": None})
    write_record("judge_training_set", name, spec, [])


def _write_spec(graph: Graph, job: Job) -> Path:
    spec = ROOT / "specs" / f"{job.name}.json"
    write_text(spec, spec_text(planned_spec(Fingerprints(), job, graph.root, ())).decode())
    return spec


def write_record(stage: str, name: str, spec: Path, inputs: list[Path]) -> None:
    """What a job of this name would leave in the ledger."""
    read = {path: asdict(known) for path, known in inputs_of(map(str, inputs)).items()}
    entry = {"stage": stage, "name": name, "wall_seconds": 1.0, "spec": sha256_file(spec), "inputs": read}
    write_json(ROOT / "ledger" / f"{name}.json", entry)
