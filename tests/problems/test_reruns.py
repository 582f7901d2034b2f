"""What a change of a local file makes Snakemake do again: its set and the sets filtered from it."""

import json
import re
from pathlib import Path

import pytest

from gradus.problems.table import read_problems
from graph.project import copy_project, snakemake
from problems.published_sets import write_jsonl

STUDY = """\
study: small
models:
  base: {}
problems:
  math: {source: math, split: train, path: ../data/MATH, expect_rows: 40}
  hard: {source: subset, of: math, levels: [4, 5]}
  gsm: {source: gsm8k, split: test, path: ../data/of a friend/test.jsonl, size: 5, expect_rows: 30}
benchmarks:
  gsm: {problems: gsm}
experiments:
  baseline: {from: base, stage: none}
"""
SETS = [f"results/small/problems/{name}.parquet" for name in ("math", "hard", "gsm")]


@pytest.mark.slow
def test_a_changed_file_is_read_again_and_nothing_else(tmp_path):
    project = copy_project(tmp_path / "project")
    (project / "config" / "small.yaml").write_text(STUDY)
    problems = {f"{subject}/{n}": n % 5 + 1 for subject in ("algebra", "geometry") for n in range(20)}
    for name, level in problems.items():
        write_problem(tmp_path / f"data/MATH/train/{name}.json", name, level)
    gsm = tmp_path / "data/of a friend/test.jsonl"
    write_jsonl(gsm, [{"question": f"{n}+1?", "answer": f"#### {n + 1}"} for n in range(30)])

    def run(*arguments: str) -> set[str]:
        said = snakemake(project, *SETS, *arguments, "--configfile", "config/small.yaml")
        return set(re.findall(r"specs/problems/(\w+)\.json", said))

    assert run() == {"math", "hard", "gsm"}
    assert [len(read_problems(project / path)) for path in SETS] == [40, 16, 5]
    assert run("--dry-run") == set()
    gsm.touch()
    assert run("--dry-run") == set()
    write_problem(tmp_path / "data/MATH/train/geometry/0.json", "geometry/0", 5)
    assert run("--dry-run") == {"math", "hard"}
    assert run() == {"math", "hard"}
    assert len(read_problems(project / SETS[1])) == 17
    write_jsonl(gsm, [{"question": f"{n}+2?", "answer": f"#### {n + 2}"} for n in range(30)])
    assert run("--dry-run") == {"gsm"}


def write_problem(path: Path, name: str, level: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    row = {"problem": f"What is {name}?", "level": f"Level {level}", "type": "Algebra", "solution": r"\boxed{1}"}
    path.write_text(json.dumps(row))
