"""Which network trains an experiment that names none: by where its model comes from."""

from pathlib import Path

import pytest
from tiny import save_tiny_model

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError

STUDY = """\
study: networks
models:
  pocket: {{steps: 4, batch_size: 4}}
  brought: {{source: folder, path: {folder}}}
problems: {{train: {{source: pocket, split: train, size: 20}}, test: {{source: pocket, split: evaluation, size: 6}}}}
traces: {{public: {{kind: pocket_public, size: 12}}}}
benchmarks: {{test: {{problems: test}}}}
sampling: {{sampler: transformers}}
experiments:
  baseline: {{from: pocket, stage: none}}
  sft: {{from: pocket, stage: sft, traces: [public]}}
  rl: {{from: sft, stage: grpo, problems: train}}
  asked: {{from: sft, stage: grpo, problems: train, network: transformers, bf16: true}}
  other: {{from: brought, stage: sft, traces: [public], lora: {{dropout: 0.1}}, bf16: true}}
  quantized: {{from: pocket, stage: sft, traces: [public], method: qlora}}
  quantized_there: {{from: pocket, stage: sft, traces: [public], method: qlora, network: transformers}}
  by_trl: {{from: brought, stage: sft, traces: [public], backend: trl}}
"""


def graph(tmp_path: Path, text: str = STUDY) -> Graph:
    save_tiny_model(tmp_path / "model")
    (tmp_path / "study.yaml").write_text(text.format(folder=tmp_path / "model"), encoding="utf-8")
    return Graph.read(tmp_path / "study.yaml")


def test_pretrained_models_are_embedded_and_all_others_are_of_transformers(tmp_path: Path) -> None:
    jobs = graph(tmp_path).jobs
    chosen = {name: jobs[f"models/{name}"].settings.network for name in ("sft", "rl", "asked", "other", "by_trl")}
    assert chosen == {
        "sft": "embedded",
        "rl": "embedded",
        "asked": "transformers",
        "other": "transformers",
        "by_trl": None,
    }
    assert jobs["models/other"].modules == ("gradus.training.torch.sft", "gradus.training.torch.module.network")
    assert jobs["models/by_trl"].modules == ("gradus.training.trl.sft",)


def test_only_the_embedded_network_reads_a_base_that_another_job_dequantized(tmp_path: Path) -> None:
    jobs = graph(tmp_path).jobs
    assert jobs["models/quantized"].settings.weights.dense == "pocket.nf4"
    assert jobs["models/quantized_there"].settings.weights.dense == "pocket"
    assert jobs["samples/quantized_there/test"].settings.weights.dense == "pocket.nf4"


def test_what_the_embedded_network_cannot_do_names_the_other(tmp_path: Path) -> None:
    wrong = STUDY.replace("sft: {{from: pocket, stage: sft,", "sft: {{from: pocket, stage: sft, bf16: true,", 1)
    with pytest.raises(
        GradusError, match=r"sft.bf16: backend: torch has no bf16: true; remove this key, or set network: "
    ):
        graph(tmp_path, wrong)
