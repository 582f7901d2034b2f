"""Runs of the torch backend that a signal asks to end: the step at hand is saved, and the rest is as if none came."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from stopping import asked_to_end_at
from test_loops import SHORT, without_times
from test_pretrain import ROWS
from test_pretrain import SHORT as SHORT_PRETRAINING
from tiny import job_of, problems, traces, verdicts_by_text

from gradus.graph.graph import Graph
from gradus.models.store import load_model
from gradus.problems.table import write_problems
from gradus.provenance.files import read_json, write_json
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.job import Job
from gradus.training import groups
from gradus.training.torch import grpo, sft
from gradus.training.torch.pretrain import pretrain
from gradus.training.torch.untrained import Untrained
from model_folders import model_of

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS: dict[str, dict[str, Any]] = {
    "base": SHORT_PRETRAINING,
    "sft_custom": {"batch_size": 4},
    "direct_rl": SHORT,
    "dapo": SHORT,
    "grpo_full": SHORT,
}


def train(name: str, job: Job[Any], model: Path, root: Path) -> list[dict[str, Any]]:
    state = root / "state"
    state.mkdir(parents=True, exist_ok=True)
    if name == "base":
        untrained = Untrained(load_model(model.parent)[0], job.settings.seed)
        return pretrain(job, untrained, ROWS, state, root / "out")
    loop, data = (sft, traces()) if name == "sft_custom" else (grpo, problems())
    return loop.train(job, model_of(model), data, state, root / "out")


def files(root: Path) -> dict[Path, bytes]:
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_run_that_is_asked_to_end_saves_its_step_and_resumes_to_the_same_bytes(
    name: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(groups, "grade_completions", verdicts_by_text)  # an untrained model is never right
    job = job_of(tmp_path, name, **SETTINGS[name])
    whole = train(name, job, model, tmp_path / "whole")
    with asked_to_end_at(3, of=whole[-1]["step"], job=job):
        train(name, job, model, tmp_path / "stopped")
    assert "resumes" not in capsys.readouterr().err
    again = job_of(tmp_path, name, **SETTINGS[name])
    assert without_times(train(name, again, model, tmp_path / "stopped")) == without_times(whole)
    assert "resumes after step 3 of" in capsys.readouterr().err
    assert files(tmp_path / "stopped" / "out") == files(tmp_path / "whole" / "out")


STEPS = 200


def command(root: Path, model: Path) -> list[str]:
    """The command of a GRPO job below `root`, as Snakemake would run it."""
    changed = {"random_reward": SHORT | {"rewards": {"random": 1.0}, "steps": STEPS, "checkpoint_every": 1000}}
    planned = Graph.read(PROJECT / "config" / "pocket.yaml", {"experiments": changed}).jobs["models/random_reward"]
    spec, code = root / "specs/models/rl.json", fingerprint(f"{planned.stage}.py", planned.modules)
    write_json(spec, planned.spec.model_dump(mode="json", serialize_as_any=True) | {"fingerprint": code})
    write_problems(root / "problems.parquet", problems())
    roles = {"log": "log", "ledger": "ledger.json", "problems": "problems.parquet", "model": "out/model.json"}
    given = [word for role, name in (roles | {"metrics": "out/metrics.jsonl"}).items() for word in (f"--{role}", name)]
    weights = ["--weights", str(model.with_name("model.json"))]
    return [sys.executable, str(PROJECT / "scripts/grpo.py"), str(spec), *given, *weights, "--held_out", "--reference"]


def state_is_there(root: Path) -> bool:
    return bool(list(root.glob(".state/*/state.safetensors")))


@pytest.mark.slow
def test_a_job_that_is_asked_to_end_goes_on_in_the_next_one(model: Path, tmp_path: Path) -> None:
    words = command(tmp_path, model)
    environment = os.environ | {"WANDB_MODE": "disabled"}

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    first = start()
    while not state_is_there(tmp_path):
        assert first.poll() is None, first.communicate()[0]
        time.sleep(0.01)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=600)
    assert first.returncode == 128 + signal.SIGTERM
    log = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    (stopped,) = [line for line in log if line.startswith("stopped by SIGTERM at step ")]
    step = int(stopped.split()[5])
    assert step < STEPS
    assert stopped == f"stopped by SIGTERM at step {step} of {STEPS}; the next run goes on from there"
    spent = read_json(next(tmp_path.glob(".state/*/attempts.json")))["seconds"]
    assert not (tmp_path / "ledger.json").exists()

    second = start()
    said = second.communicate(timeout=600)[0]
    assert second.returncode == 0, said
    assert f"resumes after step {step} of {STEPS}" in said.decode()
    ledger = read_json(tmp_path / "ledger.json")
    rows = (tmp_path / "out/metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rows) == STEPS
    assert ledger["attempts"] == 2
    assert ledger["wall_seconds"] > spent > 0
    assert ledger["tokens_out"] > STEPS  # those of both parts: every step writes some
