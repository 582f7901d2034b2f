"""A benchmark by likelihood through the whole graph: jobs, table, paired tests, report and frames as of others."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from gradus.provenance.files import read_json
from gradus.results import load
from graph.project import snakemake
from linked_project import linked_project
from results.results_page import PAGE, read_page, undocumented
from training.tiny import save_tiny_model

STUDY = """
study: likely
models:
  one: {source: folder, path: models/one}
  second: {source: folder, path: models/second}
problems:
  endings: {source: file, path: endings.jsonl, answers: choice, columns: {context: context}}
  written: {source: pocket, split: evaluation, size: 4}
benchmarks:
  endings: {problems: endings, metric: acc_norm_bytes, parts: level}
  plain: {problems: endings, metric: acc, sampler: transformers}
  written: {problems: written, max_tokens: 8}
experiments:
  baseline: {from: one, stage: none}
  other: {from: second, stage: none, benchmarks: [endings, plain]}
"""


def rows() -> list[dict[str, object]]:
    """Sums with four results, of which one is longer in bytes than in characters."""
    return [
        {
            "id": f"sum/{n}",
            "problem": f"What is {n} + {n}?",
            "context": f"Tom has {n} pens and gets {n} more. Now he has",
            "options": [
                f"{2 * n} pens.",
                f"{2 * n + 1} pens – or so.",
                f"{n}.",
                f"no pens but {n} books.",
            ],
            "answer": "ABCD"[n % 4],
            "level": 1 if n <= 10 else 2,
        }
        for n in range(1, 31)
    ]


@pytest.mark.slow
def test_likelihoods_go_through_the_whole_graph(tmp_path: Path) -> None:
    project = linked_project(tmp_path / "project")
    for name, std in (("one", 0.3), ("second", 0.5)):
        save_tiny_model(project / "models" / name, std=std)
    lines = [json.dumps(row) + "\n" for row in rows()]
    (project / "endings.jsonl").write_text("".join(lines), encoding="utf-8")
    (project / "likely.yaml").write_text(STUDY, encoding="utf-8")
    snakemake(project, "all", "--configfile", "likely.yaml", "--cores", "2")
    results = project / "results/likely"

    by_torch = pq.read_table(results / "likelihoods/baseline/endings.parquet").to_pandas()
    by_transformers = pq.read_table(results / "likelihoods/baseline/plain.parquet").to_pandas()
    assert len(by_torch) == 120
    assert by_torch["logprob"].tolist() == pytest.approx(by_transformers["logprob"].tolist(), abs=1e-3)
    score, plain = (read_json(results / f"eval/baseline/{name}.json") for name in ("endings", "plain"))
    assert score["protocol"] == {"metric": "acc_norm_bytes"}
    assert score["metrics"] == pytest.approx(plain["metrics"])
    assert (score["accuracy"], plain["accuracy"]) == (score["metrics"]["acc_norm_bytes"], plain["metrics"]["acc"])
    assert len({*score["metrics"].values()}) > 1  # or the metrics would not be told apart

    table = {row["name"]: row["cells"] for row in read_json(results / "ablation.json")["experiments"]}
    assert table["other"].keys() == {"endings", "plain"}
    assert table["other"]["endings"]["accuracy"] == read_json(results / "eval/other/endings.json")["accuracy"]
    assert {part: each["n"] for part, each in score["parts"].items()} == {"level 1": 10, "level 2": 20}
    assert table["baseline"]["endings"]["parts"] == score["parts"]
    assert "| Experiment   | level 1 (n=10)" in (results / "ablation.md").read_text(encoding="utf-8")
    by_part = load(results).by_part()
    assert by_part["correct"].tolist() == [
        *(part["correct"] for name in ("baseline", "other") for part in table[name]["endings"]["parts"].values()),
    ]
    answers = load(results).answers
    chosen = answers[answers["benchmark"] == "endings"]
    assert {*chosen["text"]} <= {*"ABCD"}
    compared = {row["benchmark"]: row for row in load(results).comparisons().to_dict("records")}
    assert compared["endings"]["n"] == 30
    assert {row["benchmark"] for row in read_json(results / "second_opinion.json")["benchmarks"]} == {"written"}
    page = (results / "report.md").read_text(encoding="utf-8")
    assert "endings (n = 30, options by likelihood, acc_norm_bytes)" in page
    assert undocumented(results, read_page(PAGE.read_text(encoding="utf-8"))) == []
    assert "nothing to be done" in snakemake(project, "all", "--configfile", "likely.yaml", "--cores", "2").lower()

    # Another metric measures nothing anew.
    (project / "likely.yaml").write_text(STUDY.replace("acc_norm_bytes", "acc_norm_tokens"), encoding="utf-8")
    again = snakemake(project, "all", "--configfile", "likely.yaml", "--cores", "2", "-n")
    assert "score_likelihoods" in again
    assert "measure_likelihoods" not in again
