"""Outcomes and completions count every sample of every training run, not the first of each question."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from gradus.provenance.errors import GradusError
from gradus.reporting import outcomes, samples
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.loading import load_inputs
from gradus.reporting.plots.marks import marks_of
from reporting.made_ablation import SAMPLES, VERDICTS
from reporting.study_files import files_of, write_study

CELL = ("direct_rl", "math500")
RUNS = ("direct_rl", "direct_rl.seed-1")


def _rewrite(results: Path, run: str, right: list[list[bool]]) -> None:
    """Samples and verdicts of a run on MATH-500: whether each answer to the first questions is right."""
    rows = [
        {
            **{"id": f"math500/{question:04d}", "sample": number, "text": f"{run} {question} {number}", "tokens": 10},
            **{"finish_reason": "stop", "seed": 1, "answer": "1", "correct": correct, "layer": "number"},
            "reason": "equal",
        }
        for question, answers in enumerate(right)
        for number, correct in enumerate(answers)
    ]
    for folder, suffix, schema in (("samples", ".parquet", SAMPLES), ("eval", ".verdicts.parquet", VERDICTS)):
        path = results / folder / run / f"math500{suffix}"
        path.parent.mkdir(exist_ok=True)
        parquet.write_table(pa.Table.from_pylist([{k: row[k] for k in schema.names} for row in rows], schema), path)


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> ReportInputs:
    """Two questions, three answers each, in each of two training runs: 7 of 12 right."""
    results = write_study(tmp_path_factory.mktemp("several"))
    _rewrite(results, RUNS[0], [[True, True, False], [False, False, False]])
    _rewrite(results, RUNS[1], [[True, True, True], [False, True, True]])
    files = files_of(results)
    samples_of = {(run, "math500"): results / "samples" / run / "math500.parquet" for run in RUNS}
    verdicts_of = {(run, "math500"): results / "eval" / run / "math500.verdicts.parquet" for run in RUNS}
    both = replace(files, samples={**files.samples, **samples_of}, verdicts={**files.verdicts, **verdicts_of})
    return load_inputs(replace(both, runs={"direct_rl": RUNS}))


def test_all_samples_of_all_training_runs_are_loaded(several: ReportInputs) -> None:
    found = several.samples[CELL]
    assert len(found) == 12
    assert [(s["run"], s["sample"]) for s in found if s["id"] == "math500/0001"] == [
        (run, number) for run in RUNS for number in (0, 1, 2)
    ]
    assert len(several.samples["sft", "math500"]) == 60


def test_an_outcome_bar_counts_every_answer(several: ReportInputs) -> None:
    section = outcomes.section(several, marks_of(several))
    assert section is not None
    picture = section["plots"][0].picture.__html__()
    # 7 of 12 right; the first answers alone would be 2 of 4
    assert "right: 7 (58.3%)\nwrong answer: 5 (41.7%)" in picture


def test_the_browser_shows_each_answer_with_its_run_and_sample(several: ReportInputs) -> None:
    section = samples.section(several, marks_of(several))
    assert section is not None
    place = [entry["name"] for entry in section["data"]["experiments"]].index("direct_rl")
    cell = next(c for c in section["data"]["cells"] if (c["e"], c["b"]) == (place, 0))
    assert {key: found["total"] for key, found in cell["outcomes"].items()} == {"right": 7, "wrong": 5}
    right = cell["outcomes"]["right"]["items"]
    assert [item.get("which") for item in right][:3] == [
        "direct_rl, sample 1",
        "direct_rl, sample 2",
        "direct_rl.seed-1, sample 1",
    ]
    problems = {problem["id"]: problem for problem in section["data"]["problems"][0]}
    assert problems["math500/0000"]["outcomes"][place] == "rrwrrr"
    assert problems["math500/0001"]["outcomes"][place] == "wwwwrr"
    assert len(problems["math500/0000"]["outcomes"][0]) == 1
    others = [c for c in section["data"]["cells"] if c is not cell]
    assert not any("which" in item for c in others for found in c["outcomes"].values() for item in found["items"])


def test_different_problems_are_chosen_before_further_answers_to_one(several: ReportInputs) -> None:
    frugal = samples.section(several, marks_of(several), budget=1)
    assert frugal is not None
    assert frugal["limit"] == 1
    few = samples._chosen(several.samples[CELL], 2)
    assert {sample["id"] for sample in few} == {"math500/0000", "math500/0001"}
    assert json.dumps(frugal["data"])


def test_an_experiment_without_samples_of_all_its_runs_is_left_out(results: Path) -> None:
    loaded = load_inputs(replace(files_of(results), runs={"direct_rl": RUNS}))
    assert CELL not in loaded.samples
    assert ("sft", "math500") in loaded.samples


def test_an_answer_that_was_not_judged_is_refused(tmp_path: Path) -> None:
    results = write_study(tmp_path)
    _rewrite(results, "sft", [[True, False]])
    path = results / "eval" / "sft" / "math500.verdicts.parquet"
    parquet.write_table(parquet.read_table(path).slice(0, 1), path)
    with pytest.raises(GradusError, match=r"no verdict for problem 'math500/0000'"):
        load_inputs(files_of(results))
