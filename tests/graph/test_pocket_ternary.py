"""Ternary weights through the whole graph, in small: config/pocket_ternary.yaml."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gradus.models.ternary import row_scales
from gradus.provenance.files import read_json
from graph.project import copy_project, snakemake

STUDY = """\
extends: pocket_ternary.yaml
study: small
models:
  dense: {steps: 90, batch_size: 24, corpus: {levels: [1], flawed_share: [0, 0, 0, 0, 0]}}
  base: {steps: 60, batch_size: 24, corpus: {levels: [1], flawed_share: [0, 0, 0, 0, 0]}}
problems: {train: {size: 40, levels: [1]}, traces: {size: 40, levels: [1]}, drawn: {size: 40}, pocket200: {size: 12}}
traces: {own: {filter: {min_steps: 0}}, rejected: {temperature: 0.7, filter: {min_steps: 0}}}
experiments:
  sft_mean: null
  sft_slow: null
  sft_short: null
  sft: {learning_rate: 1e-3}
  grpo: {steps: 2, batch_size: 4}
comparisons: {pairs: [[dense_sft, sft], [grpo, rejection], [grpo, tuned]]}
"""


@pytest.mark.slow
def test_ternary_weights_stay_ternary_to_the_export(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    (project / "config/small.yaml").write_text(STUDY, encoding="utf-8")
    made = ("all", "results/small/export/tuned")
    snakemake(project, *made, "--configfile", "config/small.yaml")
    results = project / "results/small"
    export = results / "export/tuned"
    weights = load_file(export / "model.safetensors")
    matrices = [name for name in weights if name.endswith("_proj.weight")]
    assert len(matrices) == 21
    assert all(row_scales(weights[name]) is not None for name in matrices)
    record = read_json(export / "gradus.json")["ternary"]
    assert (record["matrices"], record["largest_difference"]) == (21, 0)
    assert sorted(path.name for path in export.glob("*.safetensors")) == ["model.safetensors"]
    before = load_file(results / "models/grpo/model.safetensors")
    assert all(torch.equal(before[name].sign(), weights[name].sign()) for name in matrices)
    assert any(not torch.equal(before[name], weights[name]) for name in matrices)
    table = read_json(results / "ablation.json")
    names = ["dense_baseline", "dense_sft", "baseline", "sft", "grpo", "rejection", "tuned"]
    assert [row["name"] for row in table["experiments"]] == names
    assert "nothing to be done" in snakemake(project, *made, "--configfile", "config/small.yaml").lower()
