"""The study of a tool through the whole graph, shrunk: traces with calls, SFT, and RL in the environment."""

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from gradus.problems.table import read_problems
from gradus.provenance.files import read_json_lines
from gradus.sampling.samples import SCHEMA, read_samples
from graph.project import copy_project, snakemake

STUDY = """\
extends: pocket_tools.yaml
study: tools
models:
  base: {steps: 160, batch_size: 24, corpus: {products: 0.9, products_called: 0.6}}
problems:
  demonstrations: {size: 160, levels: [1]}
  train: {size: 24, levels: [1]}
  products: {size: 24, levels: [1]}
benchmarks:
  products: {max_tokens: 96}
  alone: {max_tokens: 96}
experiments:
  sft_plain: {epochs: 2}
  direct_rl: {steps: 2, batch_size: 2, group_size: 4, max_tokens: 96}
"""


@pytest.mark.slow
def test_a_tool_is_called_through_the_whole_graph(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    (project / "config/tools.yaml").write_text(STUDY, encoding="utf-8")
    snakemake(project, "all", "--configfile", "config/tools.yaml")
    results = project / "results/tools"

    plain, tools = (read_json_lines(results / f"traces/{name}.jsonl") for name in ("plain", "tools"))
    assert [trace["id"] for trace in plain] == [trace["id"] for trace in tools]
    for one, other in zip(plain, tools, strict=True):
        asked, call, result, last = other["messages"]
        assert one["messages"][0] == asked
        assert result == {"role": "tool", "content": one["answer"]}
        assert '"calculator"' in call["content"]
        assert last["content"] == f"\\boxed{{{one['answer']}}}" == one["messages"][1]["content"].split("\n")[-1]
    evaluated = {problem.id for problem in read_problems(results / "problems/products.parquet")}
    assert not evaluated & {trace["id"] for trace in tools}

    answers = read_samples(results / "samples/sft_tools/products.parquet")
    called = [sample for sample in answers if len(sample.turns) > 1]
    assert len(called) > 12
    for sample in called:
        roles = [turn["role"] for turn in sample.turns]
        assert roles == ["assistant", "tool"] * (len(roles) // 2) + ["assistant"]
        assert sample.turns[-1]["content"] == sample.text
        assert sample.tokens < 96
    for experiment in ("baseline", "sft_tools"):
        assert pq.read_schema(results / f"samples/{experiment}/alone.parquet").names == SCHEMA.names

    steps = [row for row in read_json_lines(results / "models/sft_then_rl/metrics.jsonl") if "reward" in row]
    assert len(steps) == 2
    assert any(row["reward_tool_success"] > 0 for row in steps)
    with open(results / "ablation.csv", encoding="utf-8") as file:
        assert {row["experiment"] for row in csv.DictReader(file)} >= {"baseline", "sft_plain", "sft_tools"}
    assert '"earlier"' in (results / "report.html").read_text(encoding="utf-8")
    assert "nothing to be done" in snakemake(project, "all", "--configfile", "config/tools.yaml").lower()
