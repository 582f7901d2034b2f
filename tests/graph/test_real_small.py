"""Real problems and traces from local files through the whole graph, as config/real_small.yaml has them."""

import json
from pathlib import Path

import pytest

from graph.project import PROJECT, copy_project, snakemake

SHARED = PROJECT / "../shared"


@pytest.mark.slow
def test_real_problems_and_traces_go_through_the_whole_graph(tmp_path: Path) -> None:
    if not (SHARED / "data/gsm8k_test.jsonl").is_file():
        pytest.skip("../shared/data is not there")
    project = copy_project(tmp_path / "project")
    (tmp_path / "shared").symlink_to(SHARED.resolve())
    snakemake(project, "all", "--configfile", "config/real_small.yaml")
    results = project / "results/real_small"

    table = json.loads((results / "ablation.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in table["experiments"]] == ["baseline", "sft", "rl"]
    for experiment in ("baseline", "sft", "rl"):
        for benchmark in ("gsm8k", "math500"):
            score = json.loads((results / f"eval/{experiment}/{benchmark}.json").read_text(encoding="utf-8"))
            assert score["n"] == 50
            assert ("strawberry" in score["prompt"]) == (benchmark == "math500")
            assert score["prompt"].count("Write your answer in \\boxed{} format.") == 1 + (benchmark == "math500")

    mix = json.loads((results / "traces/both.summary.json").read_text(encoding="utf-8"))
    assert {name: part["taken"] for name, part in mix["parts"].items()} == {"solutions": 40, "thoughts": 20}
    lines = (results / "traces/both.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 60
    for line in lines:
        answer = json.loads(line)["messages"][-1]["content"]
        assert "\\boxed{" in answer
        assert "<think>" not in answer
    lengths = json.loads((results / "lengths/sft.json").read_text(encoding="utf-8"))
    assert lengths["all"]["rows"] == 60
    assert lengths["all"]["tokens"]["p95"] <= lengths["all"]["tokens"]["max"]
    assert "nothing to be done" in snakemake(project, "all", "--configfile", "config/real_small.yaml").lower()
