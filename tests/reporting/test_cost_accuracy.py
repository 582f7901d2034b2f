"""What stands behind an experiment's weights, what that took, and who is beaten: counted by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from gradus.provenance.files import write_json
from gradus.reporting import cost_accuracy
from gradus.reporting.chains import Cost, chain, maker_of, read_chains
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.ledger import LedgerRow
from gradus.reporting.plots.marks import marks_of


def _row(name: str, seconds: float, gpu: float = 0.0, dollars: float = 0.0) -> LedgerRow:
    return LedgerRow("stage", name, seconds, gpu, 0, 0, dollars, "here", 1)


LEDGER = [
    *(_row("models/base", 100), _row("models/teacher", 200), _row("traces/t.completions", 30), _row("traces/t", 1)),
    *(_row("models/sft", 10), _row("models/rl", 40), _row("models/rl.seed-1", 60), _row("models/rl.at-best", 0.5)),
    *(_row("samples/sft/m", 5), _row("samples/rl/m", 5), _row("samples/rl.seed-1/m", 5), _row("samples/best/m", 5)),
]
READS = {
    "traces/t.completions": ["models/teacher/model.json", "problems/train.parquet"],
    "traces/t": ["traces/t.completions.parquet"],
    "models/sft": ["models/base/model.json", "traces/t.jsonl"],
    "models/rl": ["models/base/model.json", "models/sft/model.json"],
    "models/rl.seed-1": ["models/base/model.json", "models/sft/model.json"],
    "models/rl.at-best": ["models/rl/model.json", "models/rl/metrics.jsonl"],
    "samples/sft/m": ["models/sft/model.json", "problems/m.parquet"],
    "samples/rl/m": ["models/rl/model.json", "problems/m.parquet"],
    "samples/rl.seed-1/m": ["models/rl.seed-1/model.json", "problems/m.parquet"],
    "samples/best/m": ["models/rl.at-best/model.json", "problems/m.parquet"],
}
SFT = ["models/base", "models/sft", "models/teacher", "traces/t", "traces/t.completions"]


@pytest.mark.parametrize(
    ("file", "job"),
    [
        *(("models/rl/model.json", "models/rl"), ("models/rl.at-best/model.json", "models/rl.at-best")),
        *(("traces/t.completions.parquet", "traces/t.completions"), ("traces/t.clean.jsonl", "traces/t")),
        *(("models/rlx/model.json", None), ("problems/train.parquet", None)),
    ],
)
def test_a_file_is_by_the_job_that_its_place_names(file: str, job: str | None) -> None:
    assert maker_of(file, {row.name: row for row in LEDGER}) == job


def test_a_chain_has_every_job_once() -> None:
    jobs = {row.name: row for row in LEDGER}
    found = chain(["models/rl/model.json"], jobs, lambda name: READS.get(name, []))
    assert found == sorted([*SFT, "models/rl"])


@pytest.fixture
def chains(tmp_path: Path) -> dict[str, list[list[str]]]:
    """As read from entries, whose paths are those of the project's root."""
    root = tmp_path / "results" / "made"
    for name in (row.name for row in LEDGER):
        inputs = {f"{root.as_posix()}/{file}": {} for file in READS.get(name, [])}
        write_json(root / "ledger" / f"{name}.json", {"inputs": inputs} if name != "models/teacher" else {})
    entries = {row.name: root / "ledger" / f"{row.name}.json" for row in LEDGER}
    sampled = {
        **{"sft": ["samples/sft/m"], "rl": ["samples/rl/m", "samples/rl.seed-1/m"]},
        **{"best": ["samples/best/m"], "old": ["samples/old/m"], "none": []},
    }
    return read_chains(root, entries, LEDGER, sampled)


def test_chains_are_read_from_the_entries_of_the_ledger(chains: dict[str, list[list[str]]]) -> None:
    assert chains == {
        "sft": [SFT],
        "rl": [sorted([*SFT, "models/rl"]), sorted([*SFT, "models/rl.seed-1"])],
        "best": [sorted([*SFT, "models/rl", "models/rl.at-best"])],
    }


def _inputs(chains: dict[str, list[list[str]]], ledger: list[LedgerRow], accuracies: dict[str, float]) -> ReportInputs:
    cells = {
        name: {"m": {"accuracy": a, "ci95": [a - 0.1, a + 0.1], "ci95_normal": [0, 1], "correct": 1, "n": 10}}
        for name, a in accuracies.items()
    }
    ablation = {
        **{"study": "made", "baseline": "sft", "benchmarks": [{"name": "m", "title": "MATH"}]},
        "experiments": [{"name": name, "title": name.upper(), "cells": cell} for name, cell in cells.items()],
    }
    runs = {"rl": ["rl", "rl.seed-1"]}
    return ReportInputs(ablation, ledger=ledger, chains=chains, runs=runs)  # ty: ignore[invalid-argument-type]


ACCURACIES = {"sft": 0.5, "rl": 0.7, "best": 0.6}


def test_a_chain_costs_what_its_jobs_took_the_mean_over_training_runs(chains: dict[str, list[list[str]]]) -> None:
    inputs = _inputs(chains, LEDGER, ACCURACIES)
    # 100 + 200 + 30 + 1 + 10; with 40 and 60 on top; with 40 and the half second of the checkpoint
    assert cost_accuracy.chain_costs(inputs) == {
        "sft": Cost(341.0, 0.0, 0.0),
        "rl": Cost(391.0, 0.0, 0.0),
        "best": Cost(381.5, 0.0, 0.0),
    }
    own = cost_accuracy.own_costs(inputs)
    assert [own[name].seconds for name in ("sft", "rl", "best")] == [10.0, 50.0, 0.0]


def test_the_front_is_who_nobody_beats() -> None:
    costs = {"a": Cost(1, 0, 0), "b": Cost(2, 0, 0), "c": Cost(3, 0, 0), "d": Cost(3, 0, 0), "e": Cost(1, 0, 0)}
    inputs = _inputs({}, [], {"a": 0.5, "b": 0.5, "c": 0.8, "d": 0.8, "e": 0.4})
    # b is as accurate as a for more, e is less accurate than a for as much, c and d are equals
    assert cost_accuracy.front(inputs, "m", costs) == {"a", "c", "d"}


@pytest.mark.parametrize(
    ("cost", "name"),
    [
        *((Cost(90, 0, 0), "minutes of jobs"), (Cost(7200, 0, 0), "hours of jobs")),
        *((Cost(90, 80, 0), "GPU minutes"), (Cost(9e4, 8e4, 0), "GPU hours"), (Cost(90, 80, 0.1), "dollars")),
    ],
)
def test_what_counts_is_dollars_else_gpus_else_time(cost: Cost, name: str) -> None:
    assert cost_accuracy.measure_of({"a": cost, "b": Cost(0, 0, 0)}).name == name


def test_points_off_the_front_are_hollow(chains: dict[str, list[list[str]]]) -> None:
    inputs = _inputs(chains, LEDGER, ACCURACIES | {"sft": 0.65})
    marks = marks_of(inputs)
    [plot] = cost_accuracy.plots(inputs, marks)
    lines = {line.mark.name: line for line in plot.lines}
    assert {name: line.style for name, line in lines.items()} == {"sft": "line", "rl": "line", "best": "points"}
    assert lines["rl"].x == [391 / 60]
    assert (lines["rl"].low, lines["rl"].high) == ([pytest.approx(0.6)], [pytest.approx(0.8)])
    section = cost_accuracy.section(inputs, [plot], marks)
    assert section is not None
    assert [row["chain"]["text"] for row in section["rows"]] == ["5 min 41 s", "6 min 31 s", "6 min 22 s"]
    assert [row["accuracies"][0]["front"] for row in section["rows"]] == [True, True, False]
    assert (section["runs"], section["spent"]) == (True, False)


def test_without_a_ledger_there_is_no_section(inputs: ReportInputs) -> None:
    bare = replace(inputs, ledger=[], chains={})
    assert cost_accuracy.section(bare, [], marks_of(bare)) is None
