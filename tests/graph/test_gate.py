"""Which sets the gate looks at, and what waits for which."""

import os
from pathlib import Path

import pytest

from gradus.graph.context import Context
from gradus.graph.gate import training_sets
from gradus.graph.graph import Graph
from gradus.graph.spec_files import is_current
from gradus.provenance.files import write_json
from gradus.study.local_files import model_folder_files
from study.made_study import study

MORE = [
    ("problems.hard_train", {"source": "subset", "of": "train", "levels": [4]}),
    ("experiments.hard", {"from": "sft", "stage": "grpo", "problems": "hard_train"}),
    ("experiments.last", {"from": "hard", "stage": "none"}),
]


def graph(folder: Path, policy: str) -> Graph:
    return Graph(study(folder, *MORE, ("contamination", {"policy": policy})))


def obeys(graph: Graph, name: str) -> list[tuple[str, str]]:
    return list(graph.jobs[name].obeys)


@pytest.mark.parametrize("policy", ["fail", "report", "drop"])
def test_all_that_is_trained_on_is_searched(tmp_path: Path, policy: str) -> None:
    made = graph(tmp_path, policy)
    problems, traces = [("problems", "hard_train"), ("problems", "train")], [("traces", "custom"), ("traces", "public")]
    corpora = [("corpora", "base"), ("corpora", "teacher")]
    assert training_sets(Context(made.study, {})) == problems + traces + corpora
    searched = made.of_stages("find_overlaps")
    assert [job.name for job in searched] == [
        f"contamination/{kind}/{name}" for kind, name in problems + traces + corpora
    ]
    # Two benchmarks, one set.
    assert all(job.reads["benchmarks"] == ["results/small/problems/test.parquet"] for job in searched)


@pytest.mark.parametrize("policy", ["fail", "report", "drop"])
def test_training_sampling_and_teachers_wait_for_their_sets(tmp_path: Path, policy: str) -> None:
    made = graph(tmp_path, policy)
    read = [("corpora", "base")]
    assert obeys(made, "models/base") == obeys(made, "samples/baseline/easy") == read
    assert obeys(made, "models/sft") == [("traces", "custom")]
    assert obeys(made, "samples/sft/easy") == [*read, ("traces", "custom")]
    assert obeys(made, "samples/sft_rl/easy") == [*read, ("problems", "train"), ("traces", "custom")]
    hard = [*read, ("problems", "hard_train"), ("traces", "custom")]
    assert obeys(made, "samples/last/easy") == obeys(made, "samples/hard/hard") == hard
    assert obeys(made, "traces/custom.completions") == [("problems", "train"), ("corpora", "teacher")]
    # No experiment trains on the public traces.
    judged = {job.name: job.settings.policy for job in made.of_stages("judge_training_set")}
    sets = ("problems/hard_train", "problems/train", "traces/custom", "corpora/base", "corpora/teacher")
    assert judged == {f"contamination/{name}.gate": policy for name in sets}


def test_what_is_trained_on_is_cleaned_where_overlaps_are_dropped(tmp_path: Path) -> None:
    """A set that only a teacher is asked is not: its answers are."""
    more = [("experiments.rl", None), ("experiments.sft_rl", None), ("votes", None)]
    made = Graph(study(tmp_path, ("contamination", {"policy": "drop"}), *more))
    cleaned, *corpora = made.of_stages("drop_overlaps")
    assert cleaned.name == "contamination/traces/custom.clean.jsonl"
    assert cleaned.result == "results/small/traces/custom.clean.jsonl"
    assert made.jobs["models/sft"].reads["traces"] == [cleaned.result]
    assert [job.result for job in corpora] == [
        f"results/small/corpora/{name}.clean.jsonl" for name in ("base", "teacher")
    ]
    assert made.jobs["models/base"].reads["corpus"] == [corpora[0].result]
    whole = graph(tmp_path, "report")
    assert whole.of_stages("drop_overlaps") == []
    assert whole.jobs["models/sft"].reads["traces"] == ["results/small/traces/custom.jsonl"]


def test_a_job_is_current_while_its_spec_and_its_files_are_what_it_was_made_of(tmp_path: Path) -> None:
    read, output, entry = (str(tmp_path / name) for name in ("input", "output", "entry.json"))
    for age, file in enumerate((output, read)):
        Path(file).touch()
        os.utime(file, (1000 - age, 1000 - age))
    write_json(entry, {"spec": "made by", "wall_seconds": 1})
    assert is_current(output, "made by", entry, [read])
    assert not is_current(output, "another", entry, [read])
    os.utime(read, (2000, 2000))
    assert not is_current(output, "made by", entry, [read])
    assert not is_current(output, "made by", entry, [f"{read}.gone"])
    assert not is_current(f"{output}.gone", "made by", entry, [])
    assert not is_current(output, "made by", f"{entry}.gone", [])


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"spec": 1}', '{"spec": "made by"}'])
def test_a_damaged_record_is_not_current_and_raises_nothing(tmp_path: Path, text: str) -> None:
    """Snakemake takes an exception in an input function for a job that is done."""
    output, entry = tmp_path / "output", tmp_path / "entry.json"
    output.touch()
    entry.write_text(text, encoding="utf-8")
    assert not is_current(str(output), "made by", str(entry), [])
    assert not is_current(str(output), "made by", str(tmp_path / "output" / "no folder"), [])


def test_a_model_folder_that_is_gone_is_missed_and_raises_nothing(tmp_path: Path) -> None:
    assert model_folder_files(tmp_path / "gone") == [str(tmp_path / "gone")]
