"""What a build was planned with stays while it runs, and a result that its record does not match is made again."""

import os
import time
from pathlib import Path

import pytest

from gradus.provenance.files import read_json, sha256_file, write_json
from graph.killing import Command
from graph.project import RESULTS, copy_project, plan, snakemake, study_with
from graph.test_reruns import trained_and_measured

MODEL = RESULTS / "models/base/model.json"
SPEC, ENTRY = RESULTS / "specs/models/base.json", RESULTS / "ledger/models/base.json"
STUDY = "config/changed.yaml"


def write_study(project: Path, learning_rate: float) -> None:
    assert study_with(project, models={"base": {"steps": 30, "learning_rate": learning_rate}}) == STUDY


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Content and time stamp of every file."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


@pytest.fixture
def build(tmp_path: Path) -> tuple[Path, Command]:
    """A project in which a model is being pretrained at one learning rate, stopped in the middle of it."""
    project = copy_project(tmp_path / "project")
    write_study(project, 1e-3)
    command = Command(project, f"snakemake {MODEL} --configfile {STUDY}")
    while not list((project / RESULTS / ".state").glob("models.base-*/state.safetensors")):
        assert command.runs, command.said()
        time.sleep(0.01)
    command.freeze()
    return project, command


@pytest.mark.slow
def test_neither_a_dry_run_nor_a_second_build_touches_what_a_build_reads(build: tuple[Path, Command]) -> None:
    project, first = build
    begun = files(project / RESULTS / "specs")
    write_study(project, 2e-3)
    looked = snakemake(project, str(MODEL), "--configfile", STUDY, "--dry-run")
    assert "rule pretrain:" in looked
    assert " 0 jobs" not in snakemake(project, "plan", "--configfile", STUDY)
    second = Command(project, f"snakemake {MODEL} --configfile {STUDY}")
    assert second.code() == 1
    (line,) = second.said().splitlines()[-1:]
    told = f"error: {RESULTS}: another build is at work there, `snakemake {MODEL} --configfile {STUDY}` (process "
    assert line.startswith(told)
    assert line.endswith("; wait until it has ended")
    assert files(project / RESULTS / "specs") == begun

    first.thaw()
    assert first.code() == 0, first.said()
    assert read_json(project / SPEC)["settings"]["learning_rate"] == 1e-3
    assert read_json(project / ENTRY)["spec"] == sha256_file(project / SPEC)
    again = snakemake(project, str(MODEL), "--configfile", STUDY, "--dry-run")
    assert f"reason: Updated input files: {SPEC}\n" in again
    write_study(project, 1e-3)
    assert "Nothing to be done" in snakemake(project, str(MODEL), "--configfile", STUDY, "--dry-run")


@pytest.mark.slow
def test_a_spec_that_is_changed_by_hand_is_the_one_that_the_result_was_made_by_in_the_end(
    build: tuple[Path, Command],
) -> None:
    project, first = build
    spec = read_json(project / SPEC)
    spec["settings"]["learning_rate"] = 2e-3
    write_json(project / SPEC, spec)
    first.thaw()
    assert first.code() == 0, first.said()
    assert read_json(project / SPEC)["settings"]["learning_rate"] == 1e-3
    assert read_json(project / ENTRY)["spec"] == sha256_file(project / SPEC)
    assert "Nothing to be done" in snakemake(project, str(MODEL), "--configfile", STUDY, "--dry-run")


def overwrite(path: Path, text: str) -> None:
    """Under the old time stamp, as `cp -p` and tar do."""
    found = path.stat()
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(found.st_mtime_ns, found.st_mtime_ns - 10**9))


@pytest.mark.parametrize("records", ["with records", "without records"])
def test_a_result_whose_record_names_another_spec_is_made_again(project: Path, records: str) -> None:
    """As a dry-run in the middle of a build left it in former releases: Snakemake's own record has the later spec."""
    entry = project / RESULTS / "ledger/models/direct_rl.json"
    overwrite(entry, entry.read_text(encoding="utf-8").replace(read_json(entry)["spec"], "0" * 64))
    if records == "without records":
        for path in (project / ".snakemake/metadata").iterdir():
            path.unlink()
    assert plan(project) == trained_and_measured({"direct_rl"})
    said = snakemake(project, "all", "--configfile", "config/ci.yaml", "--dry-run")
    line = (
        f"models/direct_rl is made again: by {RESULTS}/ledger/models/direct_rl.json, it was made by another spec than "
    )
    assert said.splitlines()[-1] == f"{line}{RESULTS}/specs/models/direct_rl.json"


@pytest.mark.parametrize("text", ["", '{"stage": "grpo", "na'])
def test_a_damaged_record_hides_no_change(project: Path, text: str) -> None:
    (project / RESULTS / "ledger/models/grpo_hard.json").write_text(text, encoding="utf-8")
    affected = trained_and_measured({"grpo_hard", "grpo_hard_continued"})
    assert plan(project) == affected
    assert plan(project, study_with(project, experiments={"grpo_hard": {"learning_rate": 1e-3}})) == affected


def test_content_that_changed_under_an_older_time_stamp_is_seen(project: Path) -> None:
    summary = project / RESULTS / "problems/pocket30.summary.json"
    overwrite(summary, summary.read_text(encoding="utf-8").replace("}", ' , "more": 1}', 1))
    assert plan(project) == {"problems", "ledger", "report"}


def test_what_is_refuted_is_made_again_once(project: Path) -> None:
    table, entry = RESULTS / "problems.md", project / RESULTS / "ledger/problems.json"
    overwrite(entry, entry.read_text(encoding="utf-8").replace(read_json(entry)["spec"], "0" * 64))
    said = snakemake(project, str(table), "--configfile", "config/ci.yaml")
    assert "rule make_problems_table:" in said
    assert read_json(entry)["spec"] == sha256_file(project / RESULTS / "specs/problems.json")
    assert "Nothing to be done" in snakemake(project, str(table), "--configfile", "config/ci.yaml")


def test_torn_specs_are_as_planned(project: Path) -> None:
    for number, path in enumerate(sorted((project / RESULTS / "specs").rglob("*.json"))):
        path.write_text(("", "{", '{"stage": "gr')[number % 3], encoding="utf-8")
    assert plan(project) == set()


def test_a_torn_result_is_named_by_the_job_that_reads_it(project: Path) -> None:
    summary = RESULTS / "problems/pocket30.summary.json"
    (project / summary).write_text('{"a": ', encoding="utf-8")
    with pytest.raises(AssertionError, match=rf"error: {summary}: not whole JSON .* remove it and run the build again"):
        snakemake(project, f"{RESULTS}/problems.md", "--configfile", "config/ci.yaml")


def test_commands_that_only_look_write_nothing(project: Path) -> None:
    study = study_with(project, experiments={"direct_rl": {"learning_rate": 1e-3}})
    entry = project / RESULTS / "ledger/problems.json"
    overwrite(entry, entry.read_text(encoding="utf-8").replace(read_json(entry)["spec"], "0" * 64))
    before, records = files(project / RESULTS), files(project / ".snakemake/metadata")
    for command in (["--dag"], ["--lint"], ["--summary"], ["plan"]):
        snakemake(project, *command, "--configfile", study)
        assert files(project / ".snakemake/metadata").keys() == records.keys()  # of what is refuted too
    after = files(project / RESULTS)
    assert {name for name in after.keys() | before.keys() if after.get(name) != before.get(name)} <= {"logs/plan.log"}


def test_two_studies_of_one_name_are_one_line(project: Path) -> None:
    study = study_with(project)
    snakemake(project, f"{RESULTS}/problems.md", "--configfile", study)
    last = Command(project, f"snakemake {RESULTS}/problems.md --configfile config/ci.yaml")
    assert last.code() == 1
    assert (
        last.said().splitlines()[-1].startswith(f"error: {RESULTS}: holds the results of {project}/{study}, which is ")
    )
