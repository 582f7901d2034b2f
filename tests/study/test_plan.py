"""The plan on disk: specs are written only where they changed, and the files of a job follow from its lineage."""

import json
import os
from pathlib import Path

import pytest

from gradus.study import spec_writing
from gradus.study.plan import Plan
from gradus.study.spec_writing import write_specs
from study.made_study import changed, write

LONG_AGO = 1_000_000_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spec_writing, "fingerprint", lambda script, modules: f"{script}-1")
    return tmp_path


def written(path: Path) -> list[str]:
    """Names of the specs that a plan writes; their time stamps say the same."""
    specs = Path("results/small/specs")
    for file in specs.rglob("*.json"):
        os.utime(file, (LONG_AGO, LONG_AGO))
    names = write_specs(Plan.read(path))
    touched = [file.relative_to(specs).as_posix() for file in specs.rglob("*.json") if file.stat().st_mtime > LONG_AGO]
    assert sorted(names) == sorted(touched)
    return sorted(names)


def test_specs_are_written_once(folder: Path) -> None:
    plan = Plan.read(write(folder))
    assert sorted(write_specs(plan)) == sorted(plan.specs)
    spec = json.loads(Path("results/small/specs/models/rl.json").read_text(encoding="utf-8"))
    assert spec == plan.specs["models/rl.json"] | {"fingerprint": "train_grpo.py-1"}
    assert written(write(folder)) == []


def test_only_changed_specs_are_written_again(folder: Path) -> None:
    written(write(folder))
    assert written(changed(folder, ("experiments.sft.epochs", 9))) == ["models/sft.json"]
    assert written(write(folder)) == ["models/sft.json"]


def test_changed_code_writes_the_specs_of_its_jobs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(write(folder))
    monkeypatch.setattr(
        spec_writing, "fingerprint", lambda script, modules: f"{script}-{2 if script == 'train_sft.py' else 1}"
    )
    assert written(write(folder)) == ["models/sft.json"]


def test_specs_of_jobs_that_are_gone_are_removed(folder: Path) -> None:
    written(write(folder))
    written(changed(folder, ("experiments.sft_rl", None)))
    specs = Path("results/small/specs")
    left = {file.relative_to(specs).as_posix() for file in specs.rglob("*.json")}
    assert not any("sft_rl" in name for name in left)
    assert left == set(Plan.read(changed(folder, ("experiments.sft_rl", None))).specs)


def test_overrides_change_the_plan_and_the_place_of_its_results(folder: Path) -> None:
    plan = Plan.read(write(folder), {"study": "other", "experiments": {"rl": {"steps": "5"}}})
    assert plan.root == "results/other"
    assert plan.specs["models/rl.json"]["settings"]["steps"] == 5
    assert plan.specs["models/sft_rl.json"]["settings"]["steps"] == 7


def test_files_that_jobs_read(folder: Path) -> None:
    plan = Plan.read(
        changed(
            folder,
            ("problems.cut", {"source": "subset", "of": "train", "levels": [4]}),
            ("experiments.full", {"from": "sft", "stage": "grpo", "problems": "cut", "method": "full"}),
            ("experiments.row", {"from": "full", "stage": "none"}),
        )
    )
    models, problems = "results/small/models", "results/small/problems"
    base = f"{models}/base/model.safetensors"
    assert plan.source_problems("cut") == [f"{problems}/train.parquet"]
    assert plan.source_problems("train") == []
    assert plan.benchmark_problems("hard") == f"{problems}/test.parquet"
    assert plan.measured_problems() == [f"{problems}/test.parquet"]
    assert plan.training_file("problems", "cut") == f"{problems}/cut.parquet"
    assert plan.training_file("traces", "custom") == "results/small/traces/custom.jsonl"
    assert plan.teacher_files("custom") == [f"{models}/teacher/model.safetensors"]
    assert plan.model_files("baseline") == [base]
    assert plan.model_files("sft_rl") == [base, f"{models}/sft_rl/adapter_model.safetensors"]
    assert plan.start_files("sft_rl") == [base, f"{models}/sft/adapter_model.safetensors"]
    assert plan.start_files("full") == plan.start_files("sft_rl")
    assert plan.model_files("row") == plan.model_files("full") == [f"{models}/full/model.safetensors"]
    assert plan.tokenizer_of("row") == f"{models}/base/tokenizer.json"


def test_targets(folder: Path) -> None:
    plan = Plan.read(write(folder))
    assert plan.trained() == ["sft", "rl", "sft_rl"]
    assert plan.trained("grpo", "full") == []
    assert plan.trace_sets("distilled") == ["custom"]
    assert plan.vote_tables() == ["results/small/votes.csv", "results/small/votes.md"]
    assert plan.cells("votes/{experiment}/{benchmark}.json", plan.voted_cells) == [
        "results/small/votes/baseline/easy.json",
        "results/small/votes/rl/easy.json",
    ]
    assert len(plan.cells("eval/{experiment}/{benchmark}.json")) == 8
    entries = plan.ledger_entries()
    assert len(entries) == len(plan.specs) - 2 - len(plan.experiments)  # nor are there exports unless asked for
    assert "results/small/ledger/votes.json" in entries


def test_a_study_may_vote_on_nothing(folder: Path) -> None:
    plan = Plan.read(changed(folder, ("votes", None)))
    assert plan.vote_tables() == []
    assert "results/small/ledger/votes.json" not in plan.ledger_entries()
