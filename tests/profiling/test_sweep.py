"""Sweeps: what is tried, what becomes of rows that do not fit, what is recommended, and going on after a kill."""

import json
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import sweep_training
from gradus.profiling.grid import combinations, larger
from gradus.profiling.limits import OUT_OF_MEMORY, ended_out_of_memory, is_out_of_memory
from gradus.profiling.outcome import Outcome
from gradus.profiling.sweep import Remembered, Row, fastest, in_a_process, swept
from gradus.profiling.sweep_page import sweep_page
from gradus.profiling.training import MeasuredJob
from gradus.study.settings.profiling import Sweep
from profiling.measured import command


def job_on(tmp_path: Path, weights: Path, **settings: Any) -> MeasuredJob:
    asked = command(tmp_path, weights)
    job = MeasuredJob(asked.spec, asked.paths, warmup=1, steps=2)
    job.settings = job.settings.model_copy(update=settings)
    return job


TRANSFORMERS = {"network": "transformers"}


def test_everything_is_tried_with_everything_that_decides_something(weights: Path, tmp_path: Path) -> None:
    job = job_on(tmp_path, weights, **TRANSFORMERS)
    sweep = Sweep(micro_batch_tokens=[512, 1024], group_size=[4, 8])
    tried = combinations(job.settings, sweep)
    assert len(tried) == 2 * 2 * 2 == len({json.dumps(changes) for changes in tried})
    assert tried[0] == {"micro_batch_tokens": 512, "gradient_checkpointing": False, "batch_size": 2, "group_size": 4}
    default = {changes["micro_batch_tokens"] for changes in combinations(job.settings, Sweep())}
    assert default == {2048, 4096, 8192, 16384}


def test_what_decides_nothing_is_not_tried(weights: Path, tmp_path: Path) -> None:
    job = job_on(tmp_path, weights, network="embedded")
    assert combinations(job.settings, Sweep()) == [{"batch_size": 2, "group_size": 4}]


def test_under_trl_micro_batches_divide_the_batch(weights: Path, tmp_path: Path) -> None:
    job = job_on(tmp_path, weights, backend="trl", network=None)
    tried = combinations(job.settings, Sweep(gradient_checkpointing=[False], group_size=[3, 4], micro_batch=[4, 6]))
    assert [(changes["group_size"], changes["micro_batch"]) for changes in tried] == [(3, 6), (4, 4)]
    default = combinations(job.settings, Sweep(gradient_checkpointing=[False]))
    assert [changes["micro_batch"] for changes in default] == [8, 4, 2, 1]


def test_the_memory_test_goes_no_further_than_a_study_may(weights: Path, tmp_path: Path) -> None:
    job = job_on(tmp_path, weights, group_size=100)
    sizes, lengths = larger(job.settings, {"batch_size": 1}, 2)
    assert sizes == [{"batch_size": 1, "group_size": 200}]
    assert lengths == [{"batch_size": 1, "max_tokens": 8}, {"batch_size": 1, "max_tokens": 16}]


def fits(rate: float) -> Outcome:
    return Outcome("fits", 1.0, rate, 10**9)


def test_the_fastest_that_fits_is_recommended_and_made_larger_until_it_does_not(weights: Path, tmp_path: Path) -> None:
    job = job_on(tmp_path, weights, **TRANSFORMERS)

    def attempt(changes: Mapping[str, Any]) -> Outcome:
        if changes["group_size"] > 8 or changes["micro_batch_tokens"] == 4096 or changes.get("max_tokens", 0) > 16:
            return Outcome("out of memory")
        return fits(100.0 + changes["micro_batch_tokens"] - 50 * changes["gradient_checkpointing"])

    rows = swept(job, Sweep(micro_batch_tokens=[4096, 512, 1024]), attempt)
    best = fastest(rows)
    assert best is not None
    assert (best.changes["micro_batch_tokens"], best.changes["gradient_checkpointing"]) == (1024, False)
    tests = [(row.changes["group_size"], row.changes.get("max_tokens"), row.outcome.ending) for row in rows[6:]]
    assert tests == [
        (8, None, "fits"),
        (16, None, "out of memory"),
        (4, 8, "fits"),
        (4, 16, "fits"),
        (4, 32, "out of memory"),
    ]
    page = sweep_page("rl", job.settings, rows, "GPU")
    assert page.index("**fastest**") < page.index("out of memory")
    pasted = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    assert pasted == {"experiments": {"rl": dict(best.changes)}}
    assert "Fits, each by itself: group_size: 8, max_tokens: 16." in page
    assert "another experiment" not in page


def test_settings_that_decide_the_result_are_told(weights: Path, tmp_path: Path) -> None:
    job = job_on(tmp_path, weights)
    page = sweep_page("rl", job.settings, [Row({"batch_size": 2, "group_size": 8}, fits(1.0))], "host")
    assert "With another group_size it is another experiment" in page


def test_where_nothing_fits_there_is_a_remedy(weights: Path, tmp_path: Path) -> None:
    job = job_on(tmp_path, weights)
    rows = swept(job, Sweep(), lambda changes: Outcome("out of memory"))
    assert len(rows) == 1
    assert "`snakemake plan` names the settings to lower" in sweep_page("rl", job.settings, rows, "host")


def test_a_sweep_goes_on_from_the_rows_that_are_done(weights: Path, tmp_path: Path) -> None:
    job, path = job_on(tmp_path, weights), tmp_path / "rows.jsonl"
    asked: list[Any] = []

    def attempt(changes: Mapping[str, Any]) -> Outcome:
        asked.append(changes)
        return fits(1.0) if changes["group_size"] == 4 else Outcome("failed", why="x")

    for _ in range(2):
        remembered = Remembered(path, job, Sweep(), attempt)
        assert [remembered({"group_size": size}).ending for size in (4, 8)] == ["fits", "failed"]
        with open(path, "a") as file:
            file.write('{"key": "cut')  # as by a kill
            file.write("\n")
    assert [changes["group_size"] for changes in asked] == [4, 8, 8]  # what failed is tried again
    Remembered(path, job, Sweep(memory_gb=1.0), attempt)({"group_size": 4})
    assert len(asked) == 4  # under another limit it is another question


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        (-signal.SIGKILL, "", True),
        (OUT_OF_MEMORY, "", True),
        (-signal.SIGABRT, "terminate called after throwing an instance of 'std::bad_alloc'", True),
        (1, "RuntimeError: [enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory", True),
        (1, "ValueError: no such column", False),
        (0, "", False),
    ],
)
def test_how_a_process_ends_tells_whether_memory_was_lacking(code: int, said: str, expected: bool) -> None:
    assert ended_out_of_memory(code, said) == expected


def test_errors_of_memory_are_known_from_others() -> None:
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"))
    assert not is_out_of_memory(ValueError("no such column"))


@pytest.mark.slow
def test_a_row_out_of_memory_is_a_row_and_the_next_fits(weights: Path, tmp_path: Path) -> None:
    small = command(tmp_path, weights, sweep={"memory_gb": 0.05, "steps": 1, "doublings": 0})
    assert in_a_process(small, {"group_size": 4}).ending == "out of memory"
    asked = command(tmp_path, weights, sweep={"steps": 1, "doublings": 1, "minutes": 2})
    before = {path: path.read_bytes() for path in (tmp_path / "results").rglob("*") if path.is_file()}
    sweep_training.build(asked)
    found = json.loads((asked.out / "sweep.json").read_text())
    assert next(row["fastest"] for row in found["rows"] if row["ending"] == "fits")
    assert {row["memory_test"] for row in found["rows"]} == {False, True}
    assert "batch_size: 2" in (asked.out / "sweep.md").read_text()
    assert before == {path: path.read_bytes() for path in before}


def test_a_row_that_takes_too_long_is_one(weights: Path, tmp_path: Path) -> None:
    asked = command(tmp_path, weights, sweep={"minutes": 0.001})
    assert in_a_process(asked, {}) == Outcome("too slow")


@pytest.mark.slow
def test_a_row_that_fails_says_why(weights: Path, tmp_path: Path) -> None:
    asked = command(tmp_path, weights)
    Path(asked.paths["data"][0]).unlink()
    outcome = in_a_process(asked, {})
    assert outcome.ending == "failed"
    assert "data.parquet" in outcome.why
