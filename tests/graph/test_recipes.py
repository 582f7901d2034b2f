"""Recipes of a study through the whole graph, in small: problems by pass rate, rounds of rejection sampling, a reward
for intermediate steps, an experiment that is asked one benchmark, and another number of votes."""

import csv
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from gradus.problems.table import read_problems
from gradus.provenance.files import read_json, read_json_lines
from gradus.results import load
from graph.project import copy_project, snakemake

STUDY = """\
study: recipes
models:
  base: {steps: 140, batch_size: 24, corpus: {flawed_share: [0.3, 0.45, 0.8, 0.9, 0.92], flaws: {early: 1}}}
problems:
  train: {source: pocket, split: train, size: 60, levels: [1, 2]}
  medium:
    source: subset
    of: train
    keep: {pass_rate: [0.1, 0.9], by: round_1, samples: 4, max_tokens: 72}
  test: {source: pocket, split: evaluation/small, size: 12, levels: [1, 2]}
  reworded: {source: pocket, split: evaluation/reworded, size: 6, levels: [1], wording: reworded}
benchmarks:
  test: {problems: test, max_tokens: 72}
  reworded: {problems: reworded, max_tokens: 72}
traces:
  own_1: {kind: distilled, teacher: base, problems: train, samples: 4, max_tokens: 72, filter: {keep: all}}
  own_2: {kind: distilled, teacher: round_1, problems: train, samples: 4, max_tokens: 72, filter: {keep: all}}
experiments:
  baseline: {from: base, stage: none}
  round_1: {from: base, stage: sft, traces: [own_1], method: lora, epochs: 1, batch_size: 8, show: false}
  round_2: {from: round_1, inherits: round_1, traces: [own_2], benchmarks: [test]}
  rl:
    from: round_1
    stage: grpo
    problems: medium
    method: lora
    steps: 2
    batch_size: 2
    group_size: 4
    max_tokens: 72
    rewards: {correct: 1, intermediate_steps: 0.2}
votes: {experiments: [baseline], benchmarks: [test], samples: 4, k: [1, 4]}
"""


def build(project: Path, text: str, *targets: str) -> str:
    (project / "config/recipes.yaml").write_text(text, encoding="utf-8")
    return snakemake(project, *(targets or ("all",)), "--configfile", "config/recipes.yaml")


def rows_of(path: Path) -> list[dict[str, Any]]:
    return pq.read_table(path).to_pylist()


@pytest.mark.slow
def test_recipes_go_through_the_whole_graph(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    build(project, STUDY)
    results = project / "results/recipes"

    with open(results / "problems/medium.pass_rates.csv", encoding="utf-8") as file:
        rates = list(csv.DictReader(file))
    kept = [row["id"] for row in rates if 1 <= int(row["right"]) <= 3]
    chosen = read_problems(results / "problems/medium.parquet")
    assert [problem.id for problem in chosen] == kept
    assert 0 < len(kept) < len(rates) == 60
    said = (results / "problems.md").read_text(encoding="utf-8")
    assert f"{len(kept)} of 60 problems of which round_1 solves 0.1–0.9 of 4 samples" in said
    assert any(problem.steps for problem in chosen)
    assert all(len(problem.steps) < problem.level for problem in chosen)
    steps = [row for row in read_json_lines(results / "models/rl/metrics.jsonl") if "reward_intermediate_steps" in row]
    assert len(steps) == 2

    teachers = {trace["teacher"] for trace in read_json_lines(results / "traces/own_2.jsonl")}
    assert teachers == {"round_1"}
    assert read_json(results / "specs/traces/own_2.completions.json")["settings"]["weights"]["adapter"] == "round_1"

    table = read_json(results / "ablation.json")
    cells = {row["name"]: sorted(row["cells"]) for row in table["experiments"]}
    assert cells == {"baseline": ["reworded", "test"], "round_2": ["test"], "rl": ["reworded", "test"]}
    assert not (results / "samples/round_2/reworded.parquet").exists()
    answers = load(results).answers
    assert set(answers[answers["experiment"] == "round_2"]["benchmark"]) == {"test"}
    lines = (results / "ablation.md").read_text(encoding="utf-8").splitlines()
    (row,) = [line for line in lines if "**round_2**" in line]
    assert row.split("|")[3].strip() == "–"
    assert "nothing to be done" in build(project, STUDY).lower()

    # Another number of votes, up and down, to the bytes of a fresh draw.
    votes = results / "samples/baseline/test.votes.parquet"
    first = rows_of(votes)
    said = build(project, STUDY.replace("samples: 4, k: [1, 4]", "samples: 6, k: [1, 4]"))
    assert "4 samples of each problem were drawn before" in said
    more = votes.read_bytes()
    assert [row for row in rows_of(votes) if row["sample"] < 4] == first
    assert read_json(results / "ledger/samples/baseline/test.votes.json")["tokens_out"] == sum(
        row["tokens"] for row in rows_of(votes) if row["sample"] >= 4
    )
    votes.unlink()
    build(project, STUDY.replace("samples: 4, k: [1, 4]", "samples: 6, k: [1, 4]"), str(votes.relative_to(project)))
    assert votes.read_bytes() == more
    build(project, STUDY.replace("k: [1, 4]", "k: [1, 2]"))
    assert rows_of(votes) == first
    assert read_json(results / "ledger/samples/baseline/test.votes.json")["tokens_out"] == 0
