"""Specs on disk against the plan and the ledger: what is written, with which time stamp, and what is made again."""

import os
from dataclasses import asdict
from pathlib import Path

import pytest

from gradus.provenance.files import json_text, read_json, sha256_file, write_json, write_text
from gradus.provenance.records import Input
from gradus.study import spec_writing
from gradus.study.plan import Plan
from gradus.study.spec_writing import SpecChange, plan_specs, write_aside, write_specs
from study.made_study import changed, write

RESULTS = Path("results/small")
SPEC, ENTRY = RESULTS / "specs/models/sft.json", RESULTS / "ledger/models/sft.json"
READ = RESULTS / "traces/custom.jsonl"
PLANNED, MADE = 10**18, 10**18 + 10**12  # 1000 s later


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study that was planned, and of which one experiment was trained."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spec_writing, "fingerprint", lambda script, modules: "code")
    write_specs(Plan.read(write(tmp_path)))
    write_text(READ, "{}")
    os.utime(READ, ns=(PLANNED, PLANNED))
    write_json(
        ENTRY,
        {"spec": sha256_file(SPEC), "wall_seconds": 60.0, "inputs": {str(READ): asdict(Input.of(READ))}},
    )
    os.utime(SPEC, ns=(PLANNED, PLANNED))
    os.utime(ENTRY, ns=(MADE, MADE))
    return tmp_path


def edited(folder: Path) -> Plan:
    return Plan.read(changed(folder, ("experiments.sft.epochs", 9)))


def same(folder: Path) -> Plan:
    return Plan.read(write(folder))


def change_of(plan: Plan) -> SpecChange | None:
    """Of the experiment's spec, and nothing else changes."""
    before = sorted((path, path.stat().st_mtime_ns, path.read_bytes()) for path in Path("results").rglob("*.*"))
    changes = plan_specs(plan).changes
    after = sorted((path, path.stat().st_mtime_ns, path.read_bytes()) for path in Path("results").rglob("*.*"))
    assert before == after  # to compare writes nothing
    assert set(changes) <= {"models/sft.json"}
    return changes.get("models/sft.json")


def test_what_is_as_planned_stays(folder: Path) -> None:
    assert change_of(same(folder)) is None


def test_an_edit_is_news(folder: Path) -> None:
    plan = edited(folder)
    change = change_of(plan)
    assert change == SpecChange(text=change.text)
    assert write_specs(plan) == ["models/sft.json"]
    assert SPEC.read_bytes() == change.text
    assert sha256_file(SPEC) == change.digest == plan_specs(plan).digests["models/sft.json"]
    assert SPEC.stat().st_mtime_ns > MADE
    assert change_of(plan) is None  # planned but not built: the newer spec says so


def test_an_edit_that_is_taken_back_is_none(folder: Path) -> None:
    """The job never ran by the other spec, so its result is current, whatever the spec's time stamp was."""
    write_specs(edited(folder))
    change = change_of(same(folder))
    assert change is not None
    assert change == SpecChange(change.text, time=MADE - 61 * 10**9)
    assert write_specs(same(folder)) == []
    assert SPEC.stat().st_mtime_ns < MADE - 60 * 10**9
    assert change_of(same(folder)) is None


def test_a_spec_that_was_only_touched_is_older_than_its_result_again(folder: Path) -> None:
    os.utime(SPEC)
    change = change_of(same(folder))
    assert change is not None
    assert (change.time, change.refuted) == (MADE - 61 * 10**9, "")


def test_a_result_of_another_spec_than_the_one_beside_it_is_refuted(folder: Path) -> None:
    """As a dry-run in the middle of a build left it: the spec is older than the result, and is not what made it."""
    entry = read_json(ENTRY)
    write_json(ENTRY, entry | {"spec": "0" * 64})
    os.utime(ENTRY, ns=(MADE, MADE))
    change = change_of(same(folder))
    assert change is not None
    assert (change.time, change.vouched) == (None, False)
    (line,) = plan_specs(same(folder)).refuted()
    assert line == f"models/sft is made again: by {ENTRY}, it was made by another spec than {SPEC}"
    assert write_specs(same(folder)) == ["models/sft.json"]


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
    assert len(plan_specs(same(folder)).changes) == len(same(folder).specs)
    write_specs(same(folder))
    assert SPEC.read_bytes() == whole
    assert SPEC.stat().st_mtime_ns < MADE  # its result was made by it
    SPEC.unlink()
    assert write_specs(same(folder)) == []
    assert SPEC.read_bytes() == whole


def test_a_filter_that_makes_the_same_is_vouched_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, entry = RESULTS / "specs/traces/custom.json", RESULTS / "ledger/traces/custom.json"
    write_json(entry, {"spec": sha256_file(spec), "wall_seconds": 1.0})
    os.utime(spec, ns=(PLANNED, PLANNED))
    os.utime(entry, ns=(MADE, MADE))
    code = {"filter_traces.py": "new code"}
    monkeypatch.setattr(spec_writing, "fingerprint", lambda script, modules: code.get(script, "code"))
    for makes_the_same in (False, True):
        monkeypatch.setattr(spec_writing, "makes_the_same", lambda *_, same=makes_the_same: same)
        changes = plan_specs(same(folder)).changes
        assert set(changes) == {"traces/custom.json"}
        change = changes["traces/custom.json"]
        assert (change.vouched, change.time) == ((True, PLANNED) if makes_the_same else (False, None))
    assert write_specs(same(folder)) == []
    assert read_json(spec)["fingerprint"] == "new code"
    assert read_json(entry)["spec"] == sha256_file(spec)
    assert (spec.stat().st_mtime_ns, entry.stat().st_mtime_ns) == (PLANNED, MADE)
    assert plan_specs(same(folder)).changes == {}


def test_folders_of_links_that_lead_nowhere_are_removed_by_a_build_alone(folder: Path) -> None:
    fetched = RESULTS / "hub/problems/test"
    fetched.mkdir(parents=True)
    (fetched / "a.parquet").symlink_to(folder / "gone.parquet")
    specs = plan_specs(same(folder))
    assert specs.dangling == [fetched]
    assert fetched.is_dir()
    write_specs(same(folder), specs)
    assert not fetched.exists()
    fetched.mkdir(parents=True)
    (folder / "there.parquet").touch()
    (fetched / "a.parquet").symlink_to(folder / "there.parquet")
    assert plan_specs(same(folder)).dangling == []


def test_specs_aside_are_those_of_the_plan(folder: Path) -> None:
    plan = edited(folder)
    write_aside(plan, folder / "aside")
    change = change_of(plan)
    assert change is not None
    assert (folder / "aside/specs/models/sft.json").read_bytes() == change.text
    assert len(list((folder / "aside/specs").rglob("*.json"))) == len(plan.specs)
