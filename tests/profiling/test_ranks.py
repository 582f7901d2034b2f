"""An experiment of two ranks, measured: the first of them is looked at."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gradus.profiling.sweep import in_a_process
from gradus.provenance.files import read_json, write_json
from gradus.provenance.ranks import SCRIPTS
from profiling.measured import command

NETWORK = "gradus.training.torch.module.network"


def divide(spec: Path) -> None:
    """Have the job train on two ranks, by the network that can."""
    values = read_json(spec)
    values["modules"][1] = NETWORK
    values["settings"] |= {"gpus": 2, "network": "transformers"}
    write_json(spec, values)


@pytest.mark.slow
def test_two_ranks_are_profiled(weights: Path, tmp_path: Path) -> None:
    asked = command(tmp_path, weights)
    divide(asked.spec)
    settings = json.dumps({"warmup_steps": 1, "steps": 1})
    line = [sys.executable, SCRIPTS / "profile_training.py", *asked.files(), "--out", asked.out, "--settings", settings]
    done = subprocess.run(line, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("# Profile of direct_rl") == 1
    found = read_json(asked.out / "profile.json")
    assert {"rollout_generation", "policy_update", "forward", "backward"} <= {one["name"] for one in found["ranges"]}


@pytest.mark.slow
def test_rows_of_two_ranks_fit_or_are_out_of_memory(weights: Path, tmp_path: Path) -> None:
    asked = command(tmp_path, weights, sweep={"steps": 1, "minutes": 2})
    divide(asked.spec)
    assert in_a_process(asked, {"group_size": 2}).ending == "fits"
    small = command(tmp_path, weights, sweep={"steps": 1, "minutes": 2, "memory_gb": 0.1})
    divide(small.spec)
    assert in_a_process(small, {"group_size": 2}).ending == "out of memory"
