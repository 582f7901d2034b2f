"""Prices, the record of several jobs, the ceiling: sums by hand."""

import errno
import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json
from gradus.provenance.job import Job
from gradus.specs.base import JobSettings
from gradus.tinker.spending import FILE, Spending, read_spending

PRICES = {"big": {"prefill": 1.5, "sample": 4.0, "train": 6.0}}


def job_of(folder: Path, name: str = "samples/a") -> Job[JobSettings]:
    path = folder / f"specs/{name}.json"
    write_json(path, {"settings": {}, "stage": "sample_benchmark", "name": name, "modules": []})
    return Job(str(path), {"log": [str(folder / "log")]}, JobSettings)


def spending_of(folder: Path, ceiling: float | None = None, name: str = "samples/a") -> Spending:
    return Spending(job_of(folder, name), folder / FILE, PRICES, ceiling)


def test_costs_are_the_sum_over_kinds_of_tokens(tmp_path: Path) -> None:
    spending = spending_of(tmp_path)
    assert spending.cost("big", prefill=2_000_000) == 3.0
    assert spending.cost("big", prefill=1_000_000, sample=500_000, train=100_000) == pytest.approx(1.5 + 2 + 0.6)


def test_a_charge_is_a_line_and_in_the_ledger(tmp_path: Path) -> None:
    job = job_of(tmp_path)
    spending = Spending(job, tmp_path / FILE, PRICES, None)
    assert spending.charge("big", prefill=1000, sample=250) == pytest.approx(0.0025)
    spending.charge("big", train=1000)
    assert job.dollars == pytest.approx(0.0085)
    first, second = read_spending(tmp_path)
    assert {key: first[key] for key in ("job", "model", "prefill", "sample", "train", "dollars")} == {
        "job": "samples/a",
        "model": "big",
        "prefill": 1000,
        "sample": 250,
        "train": 0,
        "dollars": pytest.approx(0.0025),
    }
    assert first["time"] <= second["time"]
    assert spending.total() == pytest.approx(0.0085)


def _charge_often(folder: str, name: str) -> None:
    spending = spending_of(Path(folder), name=name)
    for number in range(200):
        spending.charge("big", prefill=number)


def at_once(work: Callable[[str, str], None], folder: Path, names: str) -> None:
    """Do the work in as many processes as there are names, and wait for all."""
    context = multiprocessing.get_context("fork")
    jobs = [context.Process(target=work, args=(str(folder), f"samples/{name}")) for name in names]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()


def test_jobs_append_to_one_record_at_once(tmp_path: Path) -> None:
    at_once(_charge_often, tmp_path, "abc")
    lines = read_spending(tmp_path)
    for name in "abc":
        mine = [line["prefill"] for line in lines if line["job"] == f"samples/{name}"]
        assert mine == list(range(200))
    # 3 jobs, each 0 + 1 + ... + 199 = 19,900 tokens at 1.5 dollars a million
    assert spending_of(tmp_path).total() == pytest.approx(3 * 19_900 * 1.5e-6)


def test_the_ceiling_is_for_all_jobs_and_counts_what_comes_next(tmp_path: Path) -> None:
    mine, other = spending_of(tmp_path, 10.0), spending_of(tmp_path, 10.0, "models/b")
    mine.expect(10.0)
    other.charge("big", train=1_000_000)  # 6 dollars
    mine.expect(4.0)
    assert mine.has_room(4.0)
    assert not mine.has_room(4.01)
    wanted = (
        r"max_dollars: 6 of 10 dollars are spent, and step 3 may cost 5 more.*raise tinker.max_dollars and run again"
    )
    with pytest.raises(GradusError, match=wanted):
        mine.expect(5.0, "step 3")


def test_what_other_jobs_have_under_way_is_not_free(tmp_path: Path) -> None:
    mine, other = spending_of(tmp_path, 10.0), spending_of(tmp_path, 10.0, "models/b")
    assert other.reserve(6.0)
    assert mine.reserve(4.0)
    assert not mine.reserve(0.01)
    assert mine.has_room(0.01)  # nothing is spent yet: wait
    with pytest.raises(GradusError, match=r"0 of 10 dollars are spent, calls in flight can cost 10, and step 1 may"):
        mine.expect(0.01, "step 1")
    other.charge("big", sample=250_000)  # 1 dollar
    other.release(6.0)
    assert mine.reserve(5.0)
    assert not other.reserve(0.01)


def _reserve_and_die(folder: str) -> None:
    assert spending_of(Path(folder), 10.0, "models/b").reserve(9.0)
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_job_had_reserved_is_free_again(tmp_path: Path) -> None:
    mine = spending_of(tmp_path, 10.0)
    killed = multiprocessing.get_context("fork").Process(target=_reserve_and_die, args=(str(tmp_path),))
    killed.start()
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    assert mine.reserve(10.0)


def test_a_disk_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("gradus.provenance.locks.fcntl.flock", refuse)
    assert spending_of(tmp_path).reserve(1.0)
    with pytest.raises(GradusError, match=r"no locks on this file system \(No locks available\).*another disk"):
        spending_of(tmp_path, 10.0).reserve(1.0)


def _spend_all(folder: str, name: str) -> None:
    spending = spending_of(Path(folder), 1.004, name)
    while spending.has_room(0.008):
        if spending.reserve(0.008):
            spending.charge("big", sample=2000)
            spending.release(0.008)


def test_jobs_at_once_spend_the_ceiling_to_the_cent(tmp_path: Path) -> None:
    at_once(_spend_all, tmp_path, "abcd")
    # 125 calls of 2,000 tokens at 4 dollars a million; one more would pass 1.004
    assert sum(line["dollars"] for line in read_spending(tmp_path)) == pytest.approx(1.0)
    assert {line["job"] for line in read_spending(tmp_path)} <= {f"samples/{name}" for name in "abcd"}


def test_a_model_without_a_price_stops_only_where_a_ceiling_has_to_be_kept(tmp_path: Path) -> None:
    spending = spending_of(tmp_path)
    for _ in range(3):
        assert spending.charge("small", sample=10**9) == 0
    assert (tmp_path / "log").read_text().count("tinker.prices has no small") == 1
    assert [line["sample"] for line in read_spending(tmp_path)] == [10**9] * 3
    with pytest.raises(GradusError, match=r"tinker.prices has no small, so max_dollars \(5\) cannot be kept"):
        spending_of(tmp_path, 5.0).cost("small")


def test_a_call_is_recorded_once_though_the_job_was_killed_in_between(tmp_path: Path) -> None:
    killed = spending_of(tmp_path)
    killed.charge("big", sample=1_000_000, call="session/1")
    job = job_of(tmp_path)
    again = Spending(job, tmp_path / FILE, PRICES, None)
    again.charge("big", sample=1_000_000, call="session/1")
    again.charge("big", sample=1_000_000, call="session/2")
    assert job.dollars == 8.0
    assert again.total() == 8.0
    assert [line["call"] for line in read_spending(tmp_path)] == ["session/1", "session/2"]


def test_dollars_are_kept_over_attempts(tmp_path: Path) -> None:
    for expected in (4.0, 8.0):
        job = job_of(tmp_path / "results/x")  # never finished: killed
        job.state_folder()
        Spending(job, tmp_path / FILE, PRICES, None).charge("big", sample=1_000_000)
        assert job.dollars == expected


def test_a_line_that_is_none_is_named_and_one_being_written_is_waited_for(tmp_path: Path) -> None:
    spending = spending_of(tmp_path)
    spending.charge("big", sample=1_000_000)
    with open(tmp_path / FILE, "a") as file:
        file.write('{"dollars": 1')
        file.flush()
        assert spending.total() == 4.0
        file.write("}\n")
        file.flush()
        assert spending.total() == 5.0
        file.write(json.dumps({"cents": 1}) + "\n")
    with pytest.raises(GradusError, match=r"spending.jsonl, line 3: not a record"):
        spending.total()
