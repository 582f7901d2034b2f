"""Which sets the gate looks at, and what waits for which."""

import os
from pathlib import Path

import pytest

from gradus.provenance.files import sha256_file, write_json
from gradus.study.gates import Gates, is_current
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
    files = [tmp_path / name for name in ("input", "spec", "output", "ledger")]
    for age, file in enumerate(reversed(files)):
        file.write_text(file.name, encoding="utf-8")
        os.utime(file, (1000 - age, 1000 - age))
    read, spec, output, ledger = map(str, files)
    write_json(ledger, {"spec": sha256_file(spec)})
    assert is_current(output, spec, ledger, [read])
    os.utime(spec, (2000, 2000))
    assert is_current(output, spec, ledger, [read])  # changed, and changed back
    files[1].write_text("another", encoding="utf-8")
    assert not is_current(output, spec, ledger, [read])
    os.utime(spec, (10, 10))
    assert is_current(output, spec, ledger, [read])
    os.utime(read, (2000, 2000))
    assert not is_current(output, spec, ledger, [read])
    assert not is_current(output, spec, ledger, [f"{read}.gone"])
    assert not is_current(f"{output}.gone", spec, ledger, [])
