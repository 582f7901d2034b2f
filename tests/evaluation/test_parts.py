"""Parts of a benchmark: counted by hand, from problems to the tables."""

import csv
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from evaluation.made_verdicts import made_verdicts
from evaluation.test_ablation import COMPARED, SEED_TABLE, made_inputs
from gradus.evaluation import ablation_csv, part_tables
from gradus.evaluation.ablation import build
from gradus.evaluation.judging import write_verdicts
from gradus.evaluation.parts import parts_of
from gradus.evaluation.scores import summarise
from gradus.evaluation.verdicts import Verdicts, read_verdicts
from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from gradus.specs.evaluation import Table
from gradus.statistics.crossed import accuracy_interval
from gradus.statistics.intervals import wilson
from gradus.study.settings.published import PublishedNumber


def problem(number: int, level: int = 0, subject: str = "") -> Problem:
    return Problem(f"q{number}", "?", "1", level, subject)


def test_parts_are_entries_of_a_column() -> None:
    problems = [problem(0, 10, "sums"), problem(1, 9, "products"), problem(2, 10, "sums")]
    assert parts_of("made", problems, "subject") == {"q0": "sums", "q1": "products", "q2": "sums"}
    assert parts_of("made", problems, "level") == {"q0": "level 10", "q1": "level 9", "q2": "level 10"}
    assert parts_of("made", problems, None) is None


def test_what_are_no_parts_is_one_line() -> None:
    with pytest.raises(GradusError, match=r"^made: the problem 'q1' has no level, by which .* take another column"):
        parts_of("made", [problem(0, 1), problem(1)], "level")
    with pytest.raises(GradusError, match=r"^made: the benchmark has 31 parts by subject, .* room for 30"):
        parts_of("made", [problem(n, subject=f"problem {n}") for n in range(31)], "subject")


# sums: q0 to q3, products: q4 to q9
PARTS = {f"q{n}": "sums" if n < 4 else "products" for n in range(10)}


def in_parts(marks: str | list[str]) -> Verdicts:
    return replace(made_verdicts(marks), parts=PARTS)


def score(verdicts: Verdicts) -> Any:
    return summarise(verdicts, experiment="base", benchmark="math", protocol={}, digests={}, prompt="")


def test_a_score_has_the_counts_and_intervals_of_its_parts(tmp_path: Path) -> None:
    verdicts = in_parts("+++-" + "+----?")
    write_verdicts(tmp_path / "math.verdicts.parquet", verdicts)
    found = score(read_verdicts(tmp_path / "math.verdicts.parquet"))
    assert list(found["parts"]) == ["sums", "products"]
    assert found["parts"]["sums"] == {"n": 4, "correct": 3, "accuracy": 0.75, "ci95": pytest.approx(wilson(3, 4))}
    assert found["parts"]["products"] == {
        **{"n": 6, "correct": 1, "accuracy": pytest.approx(1 / 6)},
        "ci95": pytest.approx(wilson(1, 6)),
    }
    whole = score(made_verdicts("+++-" + "+----?"))
    assert {key: value for key, value in found.items() if key != "parts"} == whole


def test_several_samples_a_question_count_each() -> None:
    parts = score(in_parts(["++", "+-", "--", "--", *["+-"] * 6]))["parts"]
    assert (parts["sums"]["n"], parts["sums"]["correct"], parts["sums"]["accuracy"]) == (4, 3, 0.375)
    assert (parts["products"]["correct"], parts["products"]["accuracy"]) == (6, 0.5)


RUNS = {
    ("base", "math"): in_parts("++--" + "------"),
    ("sft", "math"): in_parts("++++" + "+-----"),
    ("sft.seed-1", "math"): in_parts("+++-" + "++----"),
    ("sft.seed-2", "math"): in_parts("++++" + "------"),
    ("grpo", "math"): in_parts("++++" + "++++--"),
}


def table(**published: dict[str, PublishedNumber]) -> Table:
    """Three runs of SFT; `published`: of parts, by experiment."""
    rows = [
        row.model_copy(update={"published_parts": {"math": published[row.name]}}) if row.name in published else row
        for row in SEED_TABLE.experiments
    ]
    columns = [SEED_TABLE.benchmarks[0].model_copy(update={"parts": "subject"})]
    return SEED_TABLE.model_copy(update={"benchmarks": columns, "experiments": rows, "published_from": "A. Author"})


COUNTS = PublishedNumber(low=0.5, high=0.5, correct=2, of=4)


def test_a_cell_has_its_parts_over_all_training_runs() -> None:
    found = build(**made_inputs(RUNS, table()))
    assert found["benchmarks"][0]["parts"] == {"column": "subject", "sizes": {"sums": 4, "products": 6}}
    sums = found["experiments"][1]["cells"]["math"]["parts"]["sums"]
    assert (sums["n"], sums["correct"], sums["accuracy"]) == (4, 11, pytest.approx(11 / 12))
    assert sums["ci95"] == pytest.approx(accuracy_interval([[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 1, 1]]))


def test_parts_change_no_test() -> None:
    plain = {cell: replace(verdicts, parts=None) for cell, verdicts in RUNS.items()}
    assert made_inputs(RUNS, compared=COMPARED)["comparisons"] == made_inputs(plain, compared=COMPARED)["comparisons"]


def test_the_table_of_parts() -> None:
    found = build(**made_inputs(RUNS, table(sft={"sums": COUNTS})))
    assert part_tables.render(found).splitlines() == [
        r"MATH \| half by subject. Each interval is of one part alone, with its questions; parts are in no test.",
        "",
        "| Experiment       | sums (n=4)            | products (n=6)     |",
        "| ---------------- | --------------------- | ------------------ |",
        "| **Baseline**     | 50.0% ±35.0           | 0.0% [0.0, 39.0]   |",
        "| **SFT** (3 runs) | 91.7% [31.4, 99.6]    | 16.7% [2.0, 66.0]  |",
        "| published        | 50.0%, 2 of 4 (+41.7) |                    |",
        "| **GRPO_v2**      | 100.0% [51.0, 100.0]  | 66.7% [30.0, 90.3] |",
    ]  # fmt: skip
    assert part_tables.render(build(**made_inputs(RUNS, SEED_TABLE))) == ""


def test_a_part_is_a_row_of_the_csv() -> None:
    found = build(**made_inputs(RUNS, table(sft={"sums": COUNTS}, grpo={"products": COUNTS})))
    header, *rows = csv.reader(StringIO(ablation_csv.render(found)))
    assert header[:4] == ["experiment", "run", "part", "title"]
    assert [tuple(row[:3]) for row in rows] == [
        *(("base", "", ""), ("base", "", "sums"), ("base", "", "products")),
        *(("sft", "", ""), ("sft", "sft", ""), ("sft", "sft.seed-1", ""), ("sft", "sft.seed-2", "")),
        *(("sft", "", "sums"), ("sft", "", "products")),
        *(("grpo", "", ""), ("grpo", "", "sums"), ("grpo", "", "products")),
    ]
    named = [dict(zip(header, row, strict=True)) for row in rows]
    assert [named[1][f"math_{key}"] for key in ("accuracy", "n", "samples", "runs")] == ["0.5", "4", "1", "1"]
    assert named[7]["math_runs"] == "3"
    assert [row["math_published"] for row in named] == [*[""] * 7, "0.5", *[""] * 3, "0.5"]
    assert named[7]["math_less_published"] == "0.416667"


def test_a_published_part_that_is_none_is_one_line() -> None:
    with pytest.raises(GradusError, match=r"experiments\.sft\.reference_parts: math has no part 'sum'; there are sums"):
        build(**made_inputs(RUNS, table(sft={"sum": COUNTS})))
