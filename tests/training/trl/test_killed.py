"""A trl job killed with SIGKILL, as Snakemake would run it, ends where one ends that was left alone."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from test_loops import SHORT
from tiny import problems

from gradus.graph.graph import Graph
from gradus.problems.table import write_problems
from gradus.provenance.files import read_json, write_json
from gradus.provenance.fingerprint import fingerprint

ROOT = Path(__file__).resolve().parents[3]
STEPS = 40


def job(root: Path, model: Path) -> list[str]:
    """The command of a GRPO job below `root`; its rewards are a coin that falls by seeds."""
    changed = {"random_reward": SHORT | {"backend": "trl", "rewards": {"random": 1.0}, "steps": STEPS}}
    planned = Graph.read(ROOT / "config" / "pocket.yaml", {"experiments": changed}).jobs["models/random_reward"]
    path = root / "specs" / "models" / "rl.json"
    code = fingerprint(f"{planned.stage}.py", planned.modules)
    write_json(path, planned.spec.model_dump(mode="json", serialize_as_any=True) | {"fingerprint": code})
    write_problems(root / "problems.parquet", problems())
    files = {
        "log": "log",
        "ledger": "ledger.json",
        "problems": "problems.parquet",
        "model": "out/model.json",
    }
    files["metrics"] = "out/metrics.jsonl"
    roles = [word for role, name in files.items() for word in (f"--{role}", str(root / name))]
    command = [sys.executable, str(ROOT / "scripts/grpo.py"), str(path), *roles]
    return [*command, "--weights", str(model.with_name("model.json")), "--held_out", "--reference"]


def rows(root: Path) -> list[dict[str, float]]:
    lines = (root / "out" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [{k: v for k, v in json.loads(line).items() if "second" not in k} for line in lines]


@pytest.mark.slow
def test_a_killed_job_ends_where_one_ends_that_was_not(model: Path, tmp_path: Path) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "WANDB_MODE": "disabled"}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run(job(whole, model), env=environment, check=True, capture_output=True)
    command, kills = job(killed, model), 0
    while True:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        begin = step_kept(killed)
        while process.poll() is None and (kills == 2 or step_kept(killed) <= begin):
            time.sleep(0.01)
        if process.poll() is None and kills < 2:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
            continue
        assert process.returncode == 0
        break
    assert kills == 2
    assert read_json(killed / "ledger.json")["attempts"] == 3
    assert (killed / "log").read_text(encoding="utf-8").count("resumes after step") == 2
    assert rows(killed) == rows(whole)
    first, second = (load_file(root / "out/adapter_model.safetensors") for root in (whole, killed))
    assert all(torch.allclose(tensor, second[name], atol=1e-6) for name, tensor in first.items())
    assert not list((killed / ".state").iterdir())


def step_kept(root: Path) -> int:
    """The step that a run would be resumed after; 0 where there is none yet."""
    states = list((root / ".state").glob("*/state.json"))
    return read_json(states[0])["step"] if states else 0
