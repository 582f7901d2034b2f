"""Which sets the gate looks at, and what waits for which."""

import os
from pathlib import Path

import pytest

from gradus.provenance.files import write_json
from gradus.study.gates import Gates, is_current
from gradus.study.local_files import model_folder_files
from study.made_study import study

MORE = [
    ("problems.hard_train", {"source": "subset", "of": "train", "levels": [4]}),
    ("experiments.hard", {"from": "sft", "stage": "grpo", "problems": "hard_train"}),
    ("experiments.last", {"from": "hard", "stage": "none"}),
]


def gates(folder: Path, policy: str) -> Gates:
    return Gates(study(folder, *MORE, ("contamination", {"policy": policy})), "results/small")


@pytest.mark.parametrize("policy", ["fail", "report", "drop"])
def test_all_that_is_trained_on_is_searched(tmp_path: Path, policy: str) -> None:
    made = gates(tmp_path, policy)
    problems, traces = [("problems", "hard_train"), ("problems", "train")], [("traces", "custom"), ("traces", "public")]
    assert made.training_sets() == problems + traces
    assert made.benchmarks() == ["test"]  # two benchmarks, one set
    assert made.seen_by("baseline") == []
    assert made.seen_by("sft") == [("traces", "custom")]
    assert made.seen_by("sft_rl") == [("problems", "train"), ("traces", "custom")]
    assert made.seen_by("last") == made.seen_by("hard") == [("problems", "hard_train"), ("traces", "custom")]
    specs = [path for path, _, _ in made.specs()]
    assert [path for path in specs if path.count(".") == 1] == [
        *(f"contamination/{kind}/{name}.json" for kind, name in problems + traces),
        *("contamination/benchmarks.json", "contamination.json"),
    ]


@pytest.mark.parametrize("policy", ["fail", "report", "drop"])
def test_training_and_teachers_wait_for_their_sets(tmp_path: Path, policy: str) -> None:
    made = gates(tmp_path, policy)
    assert made.verdicts(made.seen_by("sft_rl")) == [
        "results/small/contamination/problems/train.gate.json",
        "results/small/contamination/traces/custom.gate.json",
    ]
    assert made.asked("custom") == [("problems", "train")]
    assert made.asked("public") == []
    gated = {path: settings for path, stage, settings in made.specs() if stage == "gate"}
    assert gated == {  # no experiment trains on the public traces
        f"contamination/{name}.gate.json": {"policy": policy}
        for name in ("problems/hard_train", "problems/train", "traces/custom")
    }


def test_what_is_trained_on_is_cleaned_where_overlaps_are_dropped(tmp_path: Path) -> None:
    """A set that only a teacher is asked is not: its answers are."""
    more = [("experiments.rl", None), ("experiments.sft_rl", None), ("votes", None)]
    made = Gates(study(tmp_path, ("contamination", {"policy": "drop"}), *more), "results/small")
    cleaned = [path for path, stage, _ in made.specs() if stage == "clean"]
    assert cleaned == ["contamination/traces/custom.clean.jsonl.json"]
    assert made.cleaned() == ["results/small/traces/custom.clean.jsonl"]
    assert gates(tmp_path, "report").cleaned() == []
    assert not any(stage == "clean" for _, stage, _ in gates(tmp_path, "report").specs())


def test_a_job_is_current_while_its_spec_and_its_files_are_what_it_was_made_of(tmp_path: Path) -> None:
    read, output, entry = (str(tmp_path / name) for name in ("input", "output", "entry.json"))
    for age, file in enumerate((output, read)):
        Path(file).touch()
        os.utime(file, (1000 - age, 1000 - age))
    write_json(entry, {"spec": "made by", "wall_seconds": 1})
    assert is_current(output, "made by", entry, [read])
    assert is_current(output, None, entry, [read])
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
    assert not is_current(str(output), None, str(entry), [])
    assert not is_current(str(output), None, str(tmp_path / "output" / "no folder"), [])


def test_a_model_folder_that_is_gone_is_missed_and_raises_nothing(tmp_path: Path) -> None:
    assert model_folder_files(tmp_path / "gone") == [str(tmp_path / "gone")]
