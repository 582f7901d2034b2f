"""The filter of traces grades: a change of the grader reruns it, and training on traces, only where traces change."""

import os
import shutil
from pathlib import Path

import pytest

from gradus.provenance.files import read_json
from graph.project import RESULTS, STUDY, edit, plan, snakemake, study_with

SPEC = RESULTS / "specs/traces/custom.json"
OF_TRACES = {"traces/custom", "models/sft_custom", "models/sft_packed_full"}


def add_a_statement(project: Path) -> None:
    """A change of the grader's code that changes no verdict."""
    with open(project / "scripts/gradus/grading/verdict.py", "a", encoding="utf-8") as file:
        file.write("\nSEEN = 1\n")


@pytest.mark.parametrize("records", ["with records", "without records"])
def test_the_same_verdicts_rerun_neither_filter_nor_sft(project: Path, records: str) -> None:
    if records == "without records":
        shutil.rmtree(project / ".snakemake")
    before = read_json(project / SPEC)
    add_a_statement(project)
    planned = plan(project)
    assert planned & OF_TRACES == set()
    assert "models/grpo_hard" in planned
    snakemake(project, f"{RESULTS}/problems.md", "--configfile", STUDY)
    assert read_json(project / SPEC) == before  # which still names the grader by whose verdicts it was made
    assert plan(project) == planned


@pytest.mark.parametrize("correct", ["False", "1 / 0"])
def test_other_verdicts_and_a_grader_that_fails_rerun_filter_and_sft(project: Path, correct: str) -> None:
    edit(
        project / "scripts/gradus/grading/verdict.py",
        "return Verdict(answer, judgement.equal, judgement.layer, judgement.reason)\n",
        f"return Verdict(answer, {correct}, judgement.layer, judgement.reason)\n",
    )
    assert plan(project) >= OF_TRACES


def test_another_setting_is_not_tried(project: Path) -> None:
    study = study_with(project, traces={"custom": {"filter": {"min_tokens": 5}}})
    assert plan(project, study) >= OF_TRACES


def test_time_stamps_in_disorder_mislead_nobody(project: Path) -> None:
    """A spec may be newer than the outputs, as after a change that was planned, not built and taken back."""
    shutil.rmtree(project / ".snakemake")
    os.utime(project / SPEC)
    assert plan(project) == set()
    add_a_statement(project)
    assert plan(project) & OF_TRACES == set()


def test_what_takes_long_to_grade_is_left_to_the_build(project: Path) -> None:
    add_a_statement(project)
    assert plan(project) & OF_TRACES == set()
    edit(project / "scripts/gradus/graph/verdicts.py", "MOST_BYTES = 50_000_000", "MOST_BYTES = 1000")
    assert plan(project) >= OF_TRACES


@pytest.mark.parametrize("file", ["custom.jsonl", "custom.summary.json", "custom.completions.parquet"])
def test_a_damaged_file_is_not_what_the_grader_keeps(project: Path, file: str) -> None:
    add_a_statement(project)
    path = project / RESULTS / "traces" / file
    path.write_bytes(path.read_bytes()[:-40])
    assert plan(project) >= {"traces/custom"}
