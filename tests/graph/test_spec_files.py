"""Specs on disk against the plan and the ledger: what is written, what runs, and what is made again."""

import os
from dataclasses import asdict
from pathlib import Path

import pytest

from gradus.graph import spec_files
from gradus.graph.graph import Graph
from gradus.graph.spec_files import SpecChange, plan_specs
from gradus.graph.spec_files import write_specs as write_planned
from gradus.provenance.files import json_text, read_json, sha256_file, write_json, write_text
from gradus.provenance.records import Input
from study.made_study import changed, write

RESULTS = Path("results/small")
SPEC, ENTRY = RESULTS / "specs/models/sft.json", RESULTS / "ledger/models/sft.json"
READ = RESULTS / "traces/custom.jsonl"
PLANNED, MADE = 10**18, 10**18 + 10**12  # 1000 s later


def write_specs(graph: Graph) -> list[str]:
    """As a build does; returns the names of the jobs that run for it."""
    planned = plan_specs(graph)
    write_planned(graph, planned)
    return [name for name, change in planned.changes.items() if change.runs]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study that was planned, and of which one experiment was trained."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spec_files, "fingerprint", lambda script, modules: "code")
    write_specs(Graph.read(write(tmp_path)))
    write_text(READ, "{}")
    os.utime(READ, ns=(PLANNED, PLANNED))
    write_json(
        ENTRY,
        {"spec": sha256_file(SPEC), "wall_seconds": 60.0, "inputs": {str(READ): asdict(Input.of(READ))}},
    )
    os.utime(SPEC, ns=(PLANNED, PLANNED))
    os.utime(ENTRY, ns=(MADE, MADE))
    return tmp_path


def edited(folder: Path) -> Graph:
    return Graph.read(changed(folder, ("experiments.sft.epochs", 9)))


def same(folder: Path) -> Graph:
    return Graph.read(write(folder))


def change_of(plan: Graph) -> SpecChange | None:
    """Of the experiment's spec, and nothing else changes."""
    before = sorted((path, path.stat().st_mtime_ns, path.read_bytes()) for path in Path("results").rglob("*.*"))
    changes = plan_specs(plan).changes
    after = sorted((path, path.stat().st_mtime_ns, path.read_bytes()) for path in Path("results").rglob("*.*"))
    assert before == after  # to compare writes nothing
    assert set(changes) <= {"models/sft"}
    return changes.get("models/sft")


def test_what_is_as_planned_stays(folder: Path) -> None:
    assert change_of(same(folder)) is None


def test_an_edit_is_news(folder: Path) -> None:
    plan = edited(folder)
    change = change_of(plan)
    assert change == SpecChange(text=change.text)
    assert write_specs(plan) == ["models/sft"]
    assert SPEC.read_bytes() == change.text
    assert sha256_file(SPEC) == change.digest == plan_specs(plan).digests["models/sft"]
    assert SPEC.stat().st_mtime_ns > MADE
    assert change_of(plan) is None  # planned but not built: the newer spec says so


def test_an_edit_that_is_taken_back_is_none(folder: Path) -> None:
    """The job never ran by the other spec, so its result is current, whatever the spec's time stamp was."""
    write_specs(edited(folder))
    change = change_of(same(folder))
    assert change is not None
    assert change == SpecChange(change.text, runs=False)
    assert write_specs(same(folder)) == []
    assert SPEC.read_bytes() == change.text


def test_a_spec_that_was_only_touched_is_no_reason_to_run_its_job(folder: Path) -> None:
    os.utime(SPEC)
    stamp = SPEC.stat().st_mtime_ns
    change = change_of(same(folder))
    assert change is not None
    assert (change.runs, change.refuted) == (False, "")
    assert write_specs(same(folder)) == []
    assert SPEC.stat().st_mtime_ns == stamp


def test_a_result_of_another_spec_than_the_one_beside_it_is_refuted(folder: Path) -> None:
    """As a dry-run in the middle of a build left it: the spec is older than the result, and is not what made it."""
    entry = read_json(ENTRY)
    write_json(ENTRY, entry | {"spec": "0" * 64})
    os.utime(ENTRY, ns=(MADE, MADE))
    change = change_of(same(folder))
    assert change is not None
    assert change.runs
    (line,) = plan_specs(same(folder)).refuted()
    assert line == f"models/sft is made again: by {ENTRY}, it was made by another spec than {SPEC}"
    assert write_specs(same(folder)) == ["models/sft"]


@pytest.mark.parametrize("text", ["", "{", "[]", json_text({"stage": "sft"})])
def test_a_result_with_a_damaged_record_is_refuted(folder: Path, text: str) -> None:
    ENTRY.write_text(text, encoding="utf-8")
    for plan in (same(folder), edited(folder)):
        change = change_of(plan)
        assert change is not None
        assert change.refuted == f"{ENTRY} is damaged"


def test_a_result_of_another_file_is_refuted(folder: Path) -> None:
    READ.write_text("[]", encoding="utf-8")
    os.utime(READ, ns=(PLANNED - 1, PLANNED - 1))
    change = change_of(same(folder))
    assert change is not None
    assert change.refuted == f"{READ} is not what it was made of, though its time stamp is older"
    os.utime(READ, ns=(MADE + 1, MADE + 1))
    assert change_of(same(folder)) is None  # Snakemake sees this itself


def test_a_job_without_a_record_is_left_to_snakemake(folder: Path) -> None:
    ENTRY.unlink()
    assert change_of(same(folder)) is None
    change = change_of(edited(folder))
    assert change == SpecChange(change.text)


@pytest.mark.parametrize("torn", [b"", b"{", b"\xff\xfe"])
def test_a_torn_or_missing_spec_is_written_again(folder: Path, torn: bytes) -> None:
    whole = SPEC.read_bytes()
    for path in (RESULTS / "specs").rglob("*.json"):
        path.write_bytes(torn)
    assert len(plan_specs(same(folder)).changes) == len(same(folder).jobs)
    write_specs(same(folder))
    assert SPEC.read_bytes() == whole
    SPEC.unlink()
    assert write_specs(same(folder)) == []
    assert SPEC.read_bytes() == whole


def test_a_model_that_is_not_whole_is_made_again(folder: Path) -> None:
    model = RESULTS / "models/sft"
    write_text(model / "weights", "12345")
    file = {"size": 5, "sha256": sha256_file(model / "weights")}
    base = {"folder": "../base", "sha256": "0" * 64}
    manifest = {"kind": "adapter", "files": {"weights": file}, "weights": ["weights"], "tokenizer": "weights"}
    write_json(model / "model.json", manifest | {"template": "0" * 64, "ends": [1], "base": base})
    assert change_of(same(folder)) is None
    (model / "weights").write_text("123", encoding="utf-8")
    change = change_of(same(folder))
    assert change is not None
    assert change.refuted == f"{model}/weights: has 3 bytes, 5 were written"
    (model / "weights").unlink()
    change = change_of(same(folder))
    assert change is not None
    assert change.refuted == f"{model}/weights: is missing"


def test_folders_of_links_that_lead_nowhere_are_removed_by_a_build_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = RESULTS / "hub/problems/test"
    monkeypatch.setattr(Graph, "fetched_folders", lambda graph: [fetched])
    fetched.mkdir(parents=True)
    (fetched / "a.parquet").symlink_to(folder / "gone.parquet")
    specs = plan_specs(same(folder))
    assert specs.dangling == [fetched]
    assert fetched.is_dir()
    write_planned(same(folder), specs)
    assert not fetched.exists()
    fetched.mkdir(parents=True)
    (folder / "there.parquet").touch()
    (fetched / "a.parquet").symlink_to(folder / "there.parquet")
    assert plan_specs(same(folder)).dangling == []
