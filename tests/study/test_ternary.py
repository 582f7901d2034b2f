"""Ternary weights in a study: what trains them, what refuses them, what reads them."""

from pathlib import Path

import pytest

from gradus.estimates.shape import Shape
from gradus.estimates.work import training_of
from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError

STUDY = """\
study: ternary
models:
  dense: {steps: 4, batch_size: 4}
  base: {steps: 4, batch_size: 4, ternary: true}
problems: {train: {source: pocket, split: train, size: 20}, test: {source: pocket, split: evaluation, size: 6}}
traces: {public: {kind: pocket_public, size: 12}}
benchmarks: {test: {problems: test}}
experiments:
  baseline: {from: base, stage: none}
  sft: {from: base, stage: sft, traces: [public], method: ternary}
  tuned: {from: sft, stage: sft, traces: [public], method: ternary, train: [scales, norms]}
  other: {from: dense, stage: sft, traces: [public], method: full, network: transformers}
"""


def graph(tmp_path: Path, old: str = "", new: str = "") -> Graph:
    assert old in STUDY
    (tmp_path / "study.yaml").write_text(STUDY.replace(old, new, 1) if old else STUDY, encoding="utf-8")
    return Graph.read(tmp_path / "study.yaml")


def test_transformers_trains_ternary_weights_and_any_sampler_reads_what_it_wrote(tmp_path: Path) -> None:
    jobs = graph(tmp_path).jobs
    assert jobs["models/base"].modules == ("gradus.training.torch.module.untrained",)
    assert jobs["models/dense"].modules == ("gradus.training.torch.untrained",)
    assert jobs["models/sft"].settings.network == "transformers"
    assert jobs["models/tuned"].settings.train == ["scales", "norms"]
    assert jobs["models/tuned"].settings.weights.dense == "sft"
    asked = jobs["samples/tuned/test"].settings
    assert (asked.weights.dense, asked.weights.adapter, asked.sampler) == ("tuned", None, "torch")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("method: ternary}", "method: ternary, network: embedded}", "sft.method: .* set network: transformers"),
        ("method: ternary}", "method: ternary, backend: trl}", "sft.method: backend: trl has no ternary weights"),
        ("method: ternary}", "method: ternary, backend: tinker}", "sft.method: backend: tinker trains adapters alone"),
        ("method: ternary}", "method: ternary, gpus: 2}", "sft.gpus: .* cannot divide ternary weights"),
        ("method: full,", "method: full, train: [scales],", "other.train: .* has no scales in dense weights"),
        (
            "method: full,",
            "method: lora, train: [norms],",
            "other.train: .* trains the adapter alone under method: lora",
        ),
        ("method: full, network: transformers", "method: full, train: [norms]", "other.train: .* has no train"),
        ("method: full,", "method: full, backend: trl, train: [norms],", "other.train: backend: trl has no train"),
    ],
)
def test_what_cannot_train_them_refuses_them(tmp_path: Path, old: str, new: str, message: str) -> None:
    if "trl" in new:
        new = new.replace(", network: transformers", "")
    with pytest.raises(GradusError, match=rf"experiments\.{message}"):
        graph(tmp_path, old, new)


def test_memory_is_planned_for_what_trains_alone(tmp_path: Path) -> None:
    jobs = graph(tmp_path).jobs
    shape = Shape(300, 32, 48, 2, 4, 2, 8, tied=True)
    full, tuned = (training_of(jobs[f"models/{name}"].settings, shape) for name in ("sft", "tuned"))
    assert full.trained == shape.parameters
    # Rows of the seven matrices, and four norms of a layer with that of the end.
    assert tuned.trained == 2 * (32 + 16 + 16 + 32 + 48 + 48 + 32) + 2 * (2 * 32 + 2 * 8) + 32
