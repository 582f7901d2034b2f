"""A Qwen2 model on two ranks through the whole graph: config/pocket_engine.yaml in small."""

import json
from pathlib import Path

import pytest

from graph.project import copy_project, snakemake

STUDY = """\
extends: pocket_engine.yaml
study: small
models: {base: {steps: 20}}
problems: {train: {size: 40}, traces: {size: 40}, pocket100: {size: 12}}
traces: {own: {samples: 2, filter: {min_steps: 0}}}
experiments:
  grpo: {steps: 2, batch_size: 4, group_size: 4}
  dr_grpo: null
  dapo: null
votes: {experiments: [baseline], samples: 2, k: [1, 2]}
comparisons: {pairs: [[sft, grpo], [grpo, grpo_overlapped]]}
"""


@pytest.mark.slow
def test_a_model_of_transformers_is_trained_by_two_ranks(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    (project / "config/small.yaml").write_text(STUDY, encoding="utf-8")
    snakemake(project, "all", "--configfile", "config/small.yaml")
    results = project / "results/small"
    assert json.loads((results / "models/sft/config.json").read_text(encoding="utf-8"))["model_type"] == "qwen2"
    steps = (results / "models/grpo_overlapped/metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(step)["staleness"] for step in steps] == [0, 1]
    table = json.loads((results / "ablation.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in table["experiments"]] == ["baseline", "sft", "grpo", "grpo_overlapped"]
    assert "nothing to be done" in snakemake(project, "all", "--configfile", "config/small.yaml").lower()
