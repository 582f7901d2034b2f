"""The filter of traces grades: a change of the grader reruns it, and training on traces, only where traces change."""

import os
import shutil
from pathlib import Path

import pytest

from gradus.provenance.files import read_json
from gradus.study import unchanged
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
    assert read_json(project / SPEC) == before  # a dry-run writes nothing
    snakemake(project, f"{RESULTS}/problems.md", "--configfile", STUDY)  # any build does
    after = read_json(project / SPEC)
    assert after["fingerprint"] != before["fingerprint"]
    assert after == before | {"fingerprint": after["fingerprint"]}
    assert plan(project) == planned


def test_other_verdicts_rerun_filter_and_sft(project: Path) -> None:
    edit(
        project / "scripts/gradus/grading/verdict.py",
        "return Verdict(answer, judgement.equal, judgement.layer, judgement.reason)\n",
        "return Verdict(answer, False, judgement.layer, judgement.reason)\n",
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


@pytest.fixture
def job(project: Path) -> dict:
    traces = project / RESULTS / "traces"
    return {
        "path": project / SPEC,
        "spec": read_json(project / SPEC),
        "inputs": {
            "completions": traces / "custom.completions.parquet",
            "problems": project / RESULTS / "problems/traces.parquet",
        },
        "outputs": {"out": traces / "custom.jsonl", "summary": traces / "custom.summary.json"},
    }


def test_a_trial_compares_every_output(job: dict) -> None:
    assert unchanged.makes_the_same(**job)
    for path in job["outputs"].values():
        text = path.read_text(encoding="utf-8")
        path.write_text(text + "\n", encoding="utf-8")
        assert not unchanged.makes_the_same(**job)
        path.unlink()
        assert not unchanged.makes_the_same(**job)
        path.write_text(text, encoding="utf-8")
    assert unchanged.makes_the_same(**job)


def test_what_cannot_be_tried_in_short_time_is_left_to_the_build(job: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(unchanged, "MOST_BYTES", 1000)
        assert not unchanged.makes_the_same(**job)
    with monkeypatch.context() as patch:
        patch.setattr(unchanged, "MOST_SECONDS", 0.01)
        assert not unchanged.makes_the_same(**job)
    job["inputs"]["completions"].write_bytes(b"damaged")
    assert not unchanged.makes_the_same(**job)
