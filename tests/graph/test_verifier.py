"""A verifier through the whole graph, in small: solutions, their verdicts, its training, its scores, and the votes."""

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from gradus.provenance.files import read_json, read_json_lines
from graph.project import copy_project, snakemake

STUDY = """\
study: verified
models:
  base: {steps: 140, batch_size: 24, corpus: {flawed_share: [0.3, 0.45, 0.8, 0.9, 0.92], flaws: {early: 1}}}
problems:
  train: {source: pocket, split: train, size: 60, levels: [1, 2]}
  test: {source: pocket, split: evaluation/small, size: 12, levels: [1, 2]}
benchmarks:
  test: {problems: test, max_tokens: 72}
traces:
  judged: {kind: judged, teacher: base, problems: train, samples: 4, max_tokens: 72, balance: set}
experiments:
  baseline: {from: base, stage: none}
  verifier: {from: base, stage: sft, traces: [judged], method: lora, epochs: 1, batch_size: 8}
votes: {experiments: [baseline], samples: 4, k: [1, 4], weights: [verifier, verifier_best], verifier: verifier}
"""


@pytest.mark.slow
def test_a_verifier_goes_through_the_whole_graph(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    (project / "config/verified.yaml").write_text(STUDY, encoding="utf-8")
    snakemake(project, "all", "--configfile", "config/verified.yaml")
    results = project / "results/verified"

    learned = read_json_lines(results / "traces/judged.jsonl")
    words = [trace["messages"][-1]["content"] for trace in learned]
    assert words.count("right") == words.count("wrong") == read_json(results / "traces/judged.summary.json")["right"]
    found = read_json(results / "contamination/traces/judged.json")
    assert found["rows"] == len(learned)

    scores = pq.read_table(results / "samples/baseline/test.scores.parquet").to_pylist()
    voted = pq.read_table(results / "samples/baseline/test.votes.parquet").to_pylist()
    assert [(row["id"], row["sample"]) for row in scores] == [(row["id"], row["sample"]) for row in voted]
    assert all(0 < row["score"] < 1 for row in scores)
    assert len({row["score"] for row in scores}) > 12  # it reads the solution

    counts = read_json(results / "votes/baseline/test.json")
    assert {name for at in counts["ks"] for name in at["weighted"]} == {"verifier", "verifier_best"}
    with open(results / "verifier.csv", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["experiment"], row["benchmark"]) == ("baseline", "test")
    assert int(row["answers"]) == counts["verifier"]["answers"] <= len(scores)
    assert [entry["name"] for entry in read_json(results / "ablation.json")["experiments"]] == ["baseline"]
    assert not (results / "eval/verifier").exists()
    assert "nothing to be done" in snakemake(project, "all", "--configfile", "config/verified.yaml").lower()
