"""Preferences and a teacher through the whole graph, in small: solutions, their verdicts, pairs and DPO; a teacher and
its student; scores and the report."""

from pathlib import Path

import pytest

from gradus.provenance.files import read_json, read_json_lines
from graph.project import copy_project, snakemake

STUDY = """\
study: taught
models:
  base: {steps: 220, batch_size: 24, corpus: {flawed_share: [0.3, 0.45, 0.8, 0.9, 0.92], flaws: {early: 1}}}
  teacher: {steps: 180, batch_size: 24, corpus: {flawed_share: [0, 0, 0, 0, 0]}}
problems:
  train: {source: pocket, split: train, size: 160, levels: [1, 2]}
  test: {source: pocket, split: evaluation/small, size: 12, levels: [1, 2]}
benchmarks:
  test: {problems: test, max_tokens: 72}
traces:
  judged: {kind: judged, teacher: base, problems: train, samples: 6, temperature: 1.0, max_tokens: 72}
experiments:
  baseline: {from: base, stage: none}
  dpo:
    {from: base, stage: dpo, traces: [judged], backend: trl, learning_rate: 3.0e-4, epochs: 3, batch_size: 8}
  student:
    from: base
    stage: grpo
    algorithm: distillation
    teacher: teacher
    problems: train
    steps: 24
    batch_size: 32
    group_size: 1
    max_tokens: 72
    learning_rate: 1.0e-3
    checkpoint_every: 12
votes: {experiments: []}
"""


@pytest.mark.slow
def test_preferences_and_a_teacher_go_through_the_whole_graph(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    (project / "config/taught.yaml").write_text(STUDY, encoding="utf-8")
    snakemake(project, "all", "--configfile", "config/taught.yaml")
    results = project / "results/taught"

    solutions = read_json_lines(results / "traces/judged.jsonl")
    assert {solution["right"] for solution in solutions} == {True, False}
    assert read_json(results / "contamination/traces/judged.json")["rows"] == len(solutions)
    rows = read_json_lines(results / "models/dpo/metrics.jsonl")
    margins = [row["margin"] for row in rows if "margin" in row]
    epoch = len(margins) // 3
    # By the training pairs: those held out are too few to show it.
    assert sum(margins[-epoch:]) / epoch > sum(margins[:epoch]) / epoch + 0.05
    assert sum("held_out_margin" in row for row in rows) == 3

    rows = read_json_lines(results / "models/student/metrics.jsonl")
    kls = [row["teacher_kl"] for row in rows]
    assert sum(kls[-6:]) < 0.7 * sum(kls[:6])

    names = [entry["name"] for entry in read_json(results / "ablation.json")["experiments"]]
    assert names == ["baseline", "dpo", "student"]
    page = (results / "report.html").read_text(encoding="utf-8")
    told = ("DPO · LoRA · trl", "Preference optimisation: margin of a pair", "DPO, β 0.1", "KL to the teacher")
    assert [said for said in told if said not in page] == []
    assert "nothing to be done" in snakemake(project, "all", "--configfile", "config/taught.yaml").lower()
