"""Jobs that are made ahead by the process of another one, and taken over by their own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gradus.provenance import ahead
from gradus.provenance import job as job_module
from gradus.provenance.ahead import PLAN_FILE
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json
from gradus.provenance.job import Job
from gradus.provenance.locks import release
from made_clock import MadeClock
from provenance.made_build import RESULTS, Building
from provenance.made_job import Epochs


@pytest.fixture
def building(spec: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Building]:
    made = Building(monkeypatch)
    yield made
    if not made.builder.closed:
        release(made.builder)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> MadeClock:
    """That of jobs and of those that wait for them."""
    made = MadeClock()
    monkeypatch.setattr(job_module, "time", made)
    monkeypatch.setattr(ahead, "time", made)
    return made


def test_a_process_goes_on_and_the_others_take_over(building: Building) -> None:
    building.run("a")
    assert building.done == ["samples/a", "samples/b", "samples/c"]
    assert building.out("a").is_file()
    assert not building.out("b").exists(), "it is its own job's to put there"
    before = time.time()
    building.run("b")
    assert building.done == ["samples/a", "samples/b", "samples/c"]
    assert 'of": "b' in building.out("b").read_text()
    log = Path(building.jobs["b"].command[2]).read_text(encoding="utf-8")
    assert log == "made ahead, in the process of samples/a\nsampled\n"
    entry, alone = building.ledger("b"), building.ledger("a")
    assert {key: entry[key] for key in ("tokens_in", "tokens_out", "attempts", "name")} == {
        "tokens_in": 3,
        "tokens_out": 7,
        "attempts": 1,
        "name": "samples/b",
    }
    assert entry.keys() == alone.keys()
    assert float(str(entry["ended"])) <= before, "when it was made, not when it was taken over"
    assert set(entry["inputs"]) == {f"{RESULTS}/weights", f"{RESULTS}/problems/b"}
    building.run("c")
    assert not list((RESULTS / ".state").iterdir())


def test_each_job_has_the_seconds_of_its_own(building: Building, clock: MadeClock) -> None:
    def build(job: Job[Epochs]) -> None:
        building.build(job)
        clock.sleep({"a": 10, "b": 50, "c": 0}[job.name[-1]])

    building.run("a", build)
    clock.sleep(7)
    building.run("b", build)
    assert [building.ledger(name)["wall_seconds"] for name in "ab"] == [10, 50]


def test_what_the_build_does_not_run_is_not_made(building: Building) -> None:
    del building.jobs["c"]
    building.note()
    building.run("a")
    assert building.done == ["samples/a", "samples/b"]


@pytest.mark.parametrize(
    "change",
    [
        {"needs": [f"{RESULTS}/problems/b"]},  # which this build has yet to make
        {"asks": {"_cores": 2}},
        {"asks": {"_cores": 1, "mem_mb": 1}},
        {"minutes": 61},
        {"loads": "another model"},
    ],
    ids=["not made yet", "more cores", "memory", "long", "another model"],
)
def test_what_cannot_be_made_here_is_left(building: Building, change: dict[str, object]) -> None:
    os.utime(RESULTS / "problems/b", (1, 1))
    building.note(b=replace(building.jobs["b"], **change))
    building.run("a")
    assert building.done == ["samples/a", "samples/c"]


def test_what_was_made_in_this_build_is_not_made_again(building: Building) -> None:
    building.run("b")
    building.run("c")
    building.done.clear()
    building.run("a")
    assert building.done == []  # b's process made it ahead


@pytest.mark.parametrize("gone", ["the build", "another machine", "no note"])
def test_nothing_is_made_ahead_without_a_build_here(
    building: Building, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    if gone == "the build":
        release(building.builder)
    elif gone == "another machine":
        monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    else:
        (RESULTS / PLAN_FILE).write_text("{")
    building.run("a")
    assert building.done == ["samples/a"]


def test_a_gate_is_obeyed(building: Building, capfd: pytest.CaptureFixture[str]) -> None:
    write_json(RESULTS / "b.gate.json", {"refused": "train: a row is in the benchmark"})
    building.run("a")
    assert building.done == ["samples/a", "samples/c"]
    assert "b.json: not made ahead (train: a row is in the benchmark)" in capfd.readouterr().err


def test_a_mistake_of_another_job_fails_only_that(building: Building, capfd: pytest.CaptureFixture[str]) -> None:
    def build(job: Job[Epochs]) -> None:
        building.build(job)
        if job.name == "samples/b":
            raise ZeroDivisionError("no problems")

    building.run("a", build)
    assert building.done == ["samples/a", "samples/b"], "after a fault of the code it stops"
    assert "not made ahead (no problems)" in capfd.readouterr().err
    assert building.out("a").is_file()
    building.run("b")
    assert building.done[2:3] == ["samples/b"]
    assert building.ledger("b")["attempts"] == 2


def test_other_inputs_than_it_was_made_of_are_not_taken_over(building: Building) -> None:
    building.run("a")
    write_json(RESULTS / "problems/b", {"of": "others"})
    building.run("b")
    assert building.done == ["samples/a", "samples/b", "samples/c", "samples/b"]
    assert "others" in building.out("b").read_text()


def test_a_stop_while_others_are_made_keeps_the_own_state(building: Building) -> None:
    def build(job: Job[Epochs]) -> None:
        if job.name == "samples/b":
            raise KeyboardInterrupt
        building.build(job)

    with pytest.raises(KeyboardInterrupt):
        building.run("a", build)
    (part,) = (RESULTS / ".state").glob("samples.a-*/part")
    assert part.read_text() == "samples/a"


def test_a_job_waits_for_the_process_that_makes_it(
    building: Building, clock: MadeClock, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    held, begin = building.hold_elsewhere("b"), clock.now

    def wait(seconds: float) -> None:
        clock.now += seconds
        if clock.now > begin + 5 and not held.closed:
            release(held)

    monkeypatch.setattr(clock, "sleep", wait)
    building.run("b")
    assert building.done[0] == "samples/b"
    assert clock.now > begin + 5
    assert building.ledger("b")["wall_seconds"] == 0, "to wait is no work"
    assert capfd.readouterr().err.count("waiting") == 1


def test_a_job_that_waits_long_makes_others(building: Building, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "PATIENCE", 0.0)
    held = building.hold_elsewhere("b")

    def build(job: Job[Epochs]) -> None:
        building.build(job)
        if job.name == "samples/c":
            release(held)

    building.run("b", build)
    assert building.done == ["samples/a", "samples/c", "samples/b"]


def test_a_killed_process_leaves_its_part(building: Building) -> None:
    code = (
        f"from pathlib import Path; from gradus.provenance.locks import hold; hold(Path({building.jobs['b'].spec!r}))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", f"{code}; print(flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.readline()
    killer = threading.Timer(0.2, child.send_signal, [signal.SIGKILL])
    killer.start()
    building.run("b")
    child.communicate()
    assert building.done[0] == "samples/b"


def test_two_processes_share_the_jobs(building: Building) -> None:
    """What another one is at is left to it."""
    held = building.hold_elsewhere("b")
    building.run("a")
    assert building.done == ["samples/a", "samples/c"]
    release(held)


def test_errors_of_the_own_job_are_its_end(building: Building) -> None:
    def build(job: Job[Epochs]) -> None:
        building.done.append(job.name)
        raise GradusError("no weights")

    with pytest.raises(SystemExit):
        building.run("a", build)
    assert building.done == ["samples/a"]


def test_a_process_that_is_asked_to_end_keeps_all_states(building: Building) -> None:
    def build(job: Job[Epochs]) -> None:
        building.build(job)
        if job.name == "samples/b":
            with job.stop_signal.deferring():
                os.kill(os.getpid(), signal.SIGTERM)
                job.stop_signal.reached("7 of 9 completions")

    with pytest.raises(SystemExit) as caught:
        building.run("a", build)
    assert caught.value.code == 128 + signal.SIGTERM
    assert {path.parent.name.split("-")[0] for path in (RESULTS / ".state").glob("*/part")} == {
        "samples.a",
        "samples.b",
    }
    assert not (RESULTS / "samples/b.parquet").exists()
    building.run("b")
    assert building.ledger("b")["attempts"] == 2
