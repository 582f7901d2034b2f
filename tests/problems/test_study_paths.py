"""Published sets in a study: mistakes found while planning, what a job is told, and what makes it run again."""

import re
from pathlib import Path

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.specs.problems import MakeProblemsSpec
from problems.published_sets import write_jsonl
from study.made_study import TEXT, spec_of, write


def plan(folder: Path, problems: str) -> Graph:
    """Of the small study with these lines in place of its training set, the set `train`."""
    text = TEXT.replace("  train: {source: pocket, split: train, size: 50}\n", problems)
    return Graph.read(write(folder, text))


def refusal(folder: Path, problems: str) -> str:
    with pytest.raises(GradusError) as caught:
        plan(folder, problems)
    return str(caught.value).removeprefix(f"{folder}/")


def test_a_missing_file_is_told_with_the_line_of_the_study(tmp_path):
    told = refusal(tmp_path, "  train: {source: gsm8k, split: train, path: ../no/where.jsonl}\n")
    assert re.fullmatch(
        r"small\.yaml:6: problems\.train\.path: there is no '\.\./no/where\.jsonl' \(from .*\); correct the path, or "
        r"fetch the set to it",
        told,
    )
    (tmp_path / "nothing").mkdir()
    told = refusal(tmp_path, f"  train: {{source: gsm8k, split: train, path: {tmp_path}/nothing}}\n")
    assert told.startswith("small.yaml:6: problems.train.path: the folder ")
    assert "split: this key is required" in refusal(tmp_path, "  train: {source: gsm8k, path: .}\n")
    assert "source: expected one of 'subset', 'aime2024', 'aime2025'" in refusal(tmp_path, "  train: {source: gsm}\n")


def test_a_subset_may_filter_any_set_and_names_levels_that_are_there(tmp_path):
    path = write_jsonl(tmp_path / "math.jsonl", [{}])
    math = f"  all: {{source: math, split: train, path: {path}, levels: [3, 4, 5]}}\n"
    small = "  train: {source: subset, of: all, subjects: [Geometry], size: 5}\n"
    assert plan(tmp_path, math + small).jobs["problems/train"].reads["of"] == ["results/small/problems/all.parquet"]
    told = refusal(tmp_path, math + "  train: {source: subset, of: all, levels: [2]}\n")
    assert told.endswith("problems.train.levels: 'all' has no problems of these levels")


def test_a_job_runs_the_module_of_its_source_and_reads_its_files(tmp_path):
    folder = tmp_path / "MATH"
    files = [write_jsonl(folder / f"train/{subject}/1.json", [{}]) for subject in ("algebra", "geometry")]
    write_jsonl(folder / ".cache" / "1.json", [{}])
    made = plan(tmp_path, f"  train: {{source: math, split: train, path: {folder}, levels: [4, 5]}}\n")
    assert made.jobs["problems/train"].reads == {"of": [], "raw": [str(folder)]}
    spec = spec_of(made, "problems/train", MakeProblemsSpec)
    assert spec.outside is not None
    assert spec.outside.path == str(folder)
    files[0].write_text('{"changed": 1}', encoding="utf-8")
    again = plan(tmp_path, f"  train: {{source: math, split: train, path: {folder}, levels: [4, 5]}}\n")
    assert {name for name in made.jobs if made.jobs[name] != again.jobs[name]} == {"problems/train"}
    assert made.jobs["problems/train"].modules == ("gradus.problems.sources.math",)
    assert spec.problems["levels"] == [4, 5]
    assert made.jobs["problems/test"].modules == ("gradus.problems.sources.pocket",)
    assert made.jobs["problems/test"].reads == {"of": [], "raw": []}
