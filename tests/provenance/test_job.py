"""One job: its command line, how it ends, what it leaves behind, and the state that survives a kill."""

import errno
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradus.provenance import job as module
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, sha256_file, write_json
from gradus.provenance.job import Job, run
from provenance.made_job import SPEC, Epochs, code_of


def fail(job: Job) -> None:
    raise GradusError("traces.jsonl: line 3 is empty; remove it")


def test_a_job_reads_its_files_by_role(command: Callable[..., None]) -> None:
    command("--traces", "a", "b", "--of", "--out", "c")
    seen: dict[str, Any] = {}

    def build(job: Job) -> None:
        seen.update(traces=job.files("traces"), of=job.files("of"), out=job.path("out"), log=job.optional("log"))
        seen.update(none=job.optional("of"), settings=job.settings, name=job.name)
        with pytest.raises(GradusError, match="the command lacks --model FILE"):
            job.path("model")

    run(build, Epochs)
    assert seen == {
        "traces": [Path("a"), Path("b")],
        "of": [],
        "out": Path("c"),
        "log": None,
        "none": None,
        "settings": Epochs(epochs=3),
        "name": "models/sft",
    }


def test_a_mistake_of_the_user_is_one_line(command: Callable[..., None], capfd: pytest.CaptureFixture[str]) -> None:
    command("--log", "job.log", "--ledger", "ledger.json")
    assert code_of(fail) == 1
    line = "error: traces.jsonl: line 3 is empty; remove it\n"
    assert capfd.readouterr().err == f"models/sft  {line}"
    assert Path("job.log").read_text(encoding="utf-8") == line
    assert not Path("ledger.json").exists()


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), RuntimeError("file: No space left on device")])
def test_a_full_disk_is_one_line_though_its_log_is_lost(
    command: Callable[..., None], capfd: pytest.CaptureFixture[str], error: Exception
) -> None:
    def fill(job: Job) -> None:
        raise error

    command("--log", "/dev/full", "--ledger", "ledger.json")
    assert code_of(fill) == 1
    line = "no space is left on the disk; free some, and run the same command again: it goes on from here"
    assert capfd.readouterr().err == f"models/sft  error: {line}\n"


def test_a_job_obeys_the_gates(command: Callable[..., None], capfd: pytest.CaptureFixture[str]) -> None:
    write_json("passed.json", {"refused": None})
    write_json("refused.json", {"refused": "train: a row is in the benchmark"})
    done: list[str] = []
    command("--gate", "passed.json", "--log", "log.txt")
    run(lambda job: done.append("passed"), Epochs)
    command("--gate", "passed.json", "refused.json", "--log", "log.txt")
    assert code_of(lambda job: done.append("refused")) == 1
    assert done == ["passed"]
    assert "error: train: a row is in the benchmark" in capfd.readouterr().err
    command("--gate", "--log", "log.txt")
    run(lambda job: done.append("nothing to obey"), Epochs)
    assert done[1:] == ["nothing to obey"]


def test_a_mistake_of_the_code_is_logged_whole(command: Callable[..., None], capfd: pytest.CaptureFixture[str]) -> None:
    command("--log", "job.log")

    def build(job: Job) -> None:
        raise ZeroDivisionError("no steps")

    assert code_of(build) == 1
    assert "Traceback" in capfd.readouterr().err
    assert "ZeroDivisionError: no steps" in Path("job.log").read_text(encoding="utf-8")


def test_code_that_changed_since_the_plan_is_not_run(
    command: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    command("--ledger", "ledger.json")
    monkeypatch.setattr(module, "fingerprint", lambda script, modules, without: f"{script} {modules}")
    ran = []
    assert code_of(ran.append) == 1
    assert ran == []
    message = capfd.readouterr().err
    assert "sft.json: the code changed after the plan was made" in message
    assert message.endswith("run snakemake again\n")


@pytest.mark.parametrize(("arguments", "words"), [((), "usage: python"), (("spec.json", "stray"), "expected --role")])
def test_a_wrong_command_is_one_line(
    arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["train_sft.py", *arguments])
    assert code_of(fail) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert words in line


def test_the_ledger_has_what_the_job_took(command: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([100.0, 160.5])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(now))
    command("--ledger", "ledger/sft.json")

    def build(job: Job) -> None:
        job.count_tokens(read=10, written=3)
        job.count_tokens(read=1)
        job.gpu_seconds, job.dollars = 1.25, 0.5

    begin = round(time.time(), 3)
    run(build, Epochs)
    entry = read_json("ledger/sft.json")
    assert entry.pop("machine")
    assert begin <= entry.pop("ended") <= time.time()
    assert 10**7 < entry.pop("peak_memory") < 10**11
    assert entry.pop("spec") == sha256_file("results/x/specs/models/sft.json")
    assert entry == {
        "stage": "sft",
        "name": "models/sft",
        "wall_seconds": 60.5,
        "gpu_seconds": 1.25,
        "tokens_in": 11,
        "tokens_out": 3,
        "dollars": 0.5,
        "attempts": 1,
        "peak_gpu_memory": 0,
        "gpu_memory": 0,
        "inputs": {},
    }


def test_a_job_on_a_gpu_has_held_it_all_the_time(command: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([100.0, 160.5])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(now))
    monkeypatch.setattr(module.peak, "gpu_bytes", lambda: (34 * 10**9, 85 * 10**9))
    command("--ledger", "ledger/sft.json")
    run(lambda job: None, Epochs)
    entry = read_json("ledger/sft.json")
    assert (entry["gpu_seconds"], entry["peak_gpu_memory"], entry["gpu_memory"]) == (60.5, 34 * 10**9, 85 * 10**9)


def state_of(spec: Path, *inputs: Path) -> Path:
    return Job(str(spec), {}, Epochs).state_folder(*inputs)


def test_state_belongs_to_settings_code_and_inputs(spec: Path) -> None:
    traces, weights = Path("traces"), Path("weights")
    traces.write_text("a", encoding="utf-8")
    weights.write_text("b", encoding="utf-8")
    first = state_of(spec, traces, weights)
    assert first.is_dir()
    assert first.parent == Path("results/x/.state")
    assert state_of(spec, traces, weights) == first
    assert state_of(spec, weights, traces) != first
    traces.write_text("c", encoding="utf-8")
    second = state_of(spec, traces, weights)
    write_json(spec, SPEC | {"settings": {"epochs": 4}})
    third = state_of(spec, traces, weights)
    write_json(spec, SPEC | {"fingerprint": "abd"})
    fourth = state_of(spec, traces, weights)
    assert len({first, second, third, fourth}) == 4


def test_work_before_a_kill_is_in_the_ledger(command: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = {"now": 0.0}
    monkeypatch.setattr(module.time, "monotonic", lambda: clock["now"])
    command("--ledger", "ledger.json")
    kept = []

    def killed(job: Job) -> None:
        kept.append(job.state_folder())
        clock["now"] += 30
        job.count_tokens(read=5)
        job.keep_time()
        clock["now"] += 8  # lost: nothing was kept after it
        fail(job)

    def resumed(job: Job) -> None:
        kept.append(job.state_folder())
        clock["now"] += 12
        job.count_tokens(read=2)

    assert code_of(killed) == 1
    assert kept[0].is_dir()
    run(resumed, Epochs)
    entry = read_json("ledger.json")
    assert (entry["wall_seconds"], entry["tokens_in"], entry["attempts"]) == (42, 7, 2)
    assert kept[0] == kept[1]
    assert not kept[0].exists()


def test_success_removes_this_jobs_state_and_no_other(command: Callable[..., None], spec: Path) -> None:
    stale = state_of(spec)
    write_json(spec, SPEC | {"settings": {"epochs": 4}})
    other = stale.with_name(stale.name.replace("models.sft-", "models.sft-more-"))
    shutil.copytree(stale, other)
    command()
    run(lambda job: job.state_folder() and None, Epochs)
    assert [path.name for path in stale.parent.iterdir()] == [other.name]


def test_dollars_before_a_kill_are_in_the_ledger(command: Callable[..., None]) -> None:
    command("--ledger", "ledger.json")

    def build(job: Job) -> None:
        job.state_folder()
        job.spend(1.5)
        if job.attempts < 3:
            raise GradusError("killed")

    assert [code_of(build), code_of(build)] == [1, 1]
    run(build, Epochs)
    entry = read_json("ledger.json")
    assert (entry["dollars"], entry["attempts"]) == (4.5, 3)
