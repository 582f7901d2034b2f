"""Jobs of two ranks, as Snakemake runs them: one killed, one asked to end, and the next run goes on from there."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import problems

from gradus.graph.graph import Graph
from gradus.problems.table import write_problems
from gradus.provenance.files import read_json, write_json
from gradus.provenance.fingerprint import fingerprint
from training.ranks.runs import TIMES, trained

ROOT = Path(__file__).resolve().parents[3]
STEPS = 30
SETTINGS = {
    "network": "transformers",
    "gpus": 2,
    "method": "full",
    "rewards": {"random": 1.0},
    "steps": STEPS,
    "batch_size": 4,
    "group_size": 4,
    "max_tokens": 8,
    "checkpoint_every": STEPS,
    "held_out": None,
}


class RankedJob:
    """A GRPO job below `root`; its rewards are a coin that falls by seeds."""

    def __init__(self, root: Path, model: Path) -> None:
        self.root = root
        changed = {"experiments": {"random_reward": SETTINGS}}
        planned = Graph.read(ROOT / "config" / "pocket.yaml", changed).jobs["models/random_reward"]
        spec = root / "specs" / "models" / "rl.json"
        code = fingerprint(f"{planned.stage}.py", planned.modules)
        write_json(spec, planned.spec.model_dump(mode="json", serialize_as_any=True) | {"fingerprint": code})
        write_problems(root / "problems.parquet", problems())
        files = {"log": "log", "ledger": "ledger.json", "problems": "problems.parquet", "model": "out/model.json"}
        files["metrics"] = "out/metrics.jsonl"
        roles = [word for role, name in files.items() for word in (f"--{role}", str(root / name))]
        command = [sys.executable, str(ROOT / "scripts/grpo.py"), str(spec), *roles]
        self.command = [*command, "--weights", str(model.with_name("model.json")), "--held_out", "--reference"]

    def start(self) -> subprocess.Popen[str]:
        environment = os.environ | {"OMP_NUM_THREADS": "1", "WANDB_MODE": "disabled"}
        return subprocess.Popen(
            self.command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def end(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        said = process.communicate(timeout=600)[0]
        return process.returncode, said

    def kept(self) -> int:
        """The step that a run would be resumed after; 0 where there is none yet."""
        return max((int(p.name[5:]) for p in self.root.glob(".state/*/ranks/step-????????")), default=0)

    def wait_for_state(self, process: subprocess.Popen[str]) -> None:
        begin = self.kept()
        while self.kept() <= begin:
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.02)

    def rows(self) -> list[dict[str, Any]]:
        lines = (self.root / "out" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        return [{k: v for k, v in json.loads(line).items() if k not in TIMES} for line in lines]


def last_rank(job: subprocess.Popen[str]) -> int:
    """The process id of the second rank."""
    (launcher,) = children(job.pid)
    return next(child for child in children(launcher) if b"RANK=1\0" in Path(f"/proc/{child}/environ").read_bytes())


def children(process: int) -> list[int]:
    return [int(p) for task in Path(f"/proc/{process}/task").iterdir() for p in (task / "children").read_text().split()]


@pytest.mark.slow
def test_killed_and_stopped_ranks_end_where_those_end_that_were_not(model: Path, tmp_path: Path) -> None:
    whole, job = RankedJob(tmp_path / "whole", model), RankedJob(tmp_path / "stopped", model)
    code, said = whole.end(whole.start())
    assert code == 0, said

    process = job.start()
    job.wait_for_state(process)
    os.kill(last_rank(process), signal.SIGKILL)
    code, said = job.end(process)
    assert code == 1
    assert "error: grpo.py: one of its 2 processes failed or was killed" in said

    process = job.start()
    job.wait_for_state(process)
    process.terminate()
    code, said = job.end(process)
    assert code == 128 + signal.SIGTERM, said
    assert f"stopped by SIGTERM at step {job.kept()} of {STEPS}; the next run goes on from there" in said

    code, said = job.end(job.start())
    assert code == 0, said
    assert (job.root / "log").read_text(encoding="utf-8").count("resumes after step") == 2
    assert job.rows() == whole.rows()
    first, second = trained(whole.root / "out"), trained(job.root / "out")
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())
    assert not list((job.root / ".state").iterdir())
    one, other = (read_json(each.root / "ledger.json") for each in (whole, job))
    counts = ("tokens_in", "tokens_out", "dollars", "gpu_seconds")
    assert [one[key] for key in counts] == [other[key] for key in counts]
    assert one["tokens_out"] == sum(row["tokens"] for row in whole.rows())
    assert (one["attempts"], other["attempts"]) == (1, 3)
    assert one["peak_memory"] > 200 * 10**6
