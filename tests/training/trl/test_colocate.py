"""TRL's rollouts by vLLM in the process that trains, in the versions that are locked for a GPU, here on a CPU."""

import json
import math
import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from gradus.provenance.errors import GradusError
from gradus.sampling.vllm.capabilities import ENVIRONMENT
from linked_project import PROJECT

PLACES = ("scripts", "tests", "tests/training")


@pytest.mark.slow
def test_a_job_learns_from_rollouts_by_vllm(tmp_path: Path) -> None:
    """TRL and our trainer run with vLLM as it is; its log-probabilities are those of the model that trains."""
    try:
        ENVIRONMENT.expect()
    except GradusError as error:
        pytest.skip(str(error))
    command = [ENVIRONMENT.python, PROJECT / "tests/training/trl/colocate.py", tmp_path, sysconfig.get_path("purelib")]
    path = os.pathsep.join(str(PROJECT / place) for place in PLACES)
    environment = os.environ | {"PYTHONPATH": path, "WANDB_MODE": "disabled"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-5000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert [row["step"] for row in said["rows"]] == [1, 2]
    assert all(math.isfinite(row["loss"]) and row["grad_norm"] > 0 for row in said["rows"])
    assert len(said["weights"]) >= 8
    assert said["weights"] == pytest.approx([1.0] * len(said["weights"]), abs=0.01)
    assert (tmp_path / "out/adapter_model.safetensors").is_file()
