"""vLLM in the process that trains, under both backends, in the versions that are locked for a GPU; here on a CPU."""

import json
import math
import os
import subprocess
import sysconfig
from typing import Any

import pytest

from gradus.provenance.errors import GradusError
from gradus.sampling.vllm.capabilities import ENVIRONMENT
from linked_project import PROJECT

PLACES = ("scripts", "tests", "tests/training")
TOLERANCE = 1e-3
"""Of importance weights: exp of the difference of log-probabilities by two implementations."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    try:
        ENVIRONMENT.expect()
    except GradusError as error:
        pytest.skip(str(error))
    script, root = PROJECT / "tests/training/rollouts/colocate.py", tmp_path_factory.mktemp("colocate")
    path = os.pathsep.join(str(PROJECT / place) for place in PLACES)
    environment = os.environ | {"PYTHONPATH": path, "WANDB_MODE": "disabled"}
    command = [ENVIRONMENT.python, script, root, sysconfig.get_path("purelib")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-5000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", ["torch full", "torch lora", "trl full", "trl lora"])
def test_after_every_update_vllm_draws_by_the_weights_that_train(
    name: str, runs: dict[str, list[dict[str, Any]]]
) -> None:
    assert [row["step"] for row in runs[name]] == [1, 2, 3]
    for row in runs[name]:
        assert math.isfinite(row["loss"])
        assert row["grad_norm"] > 0
        assert row["importance_weight"] == pytest.approx(1.0, abs=TOLERANCE)
        assert row["importance_weight_max"] == pytest.approx(1.0, abs=TOLERANCE)


def test_weights_that_were_not_pushed_are_seen(runs: dict[str, list[dict[str, Any]]]) -> None:
    first, *others = [row["importance_weight_max"] for row in runs["never pushed again"]]
    assert first == pytest.approx(1.0, abs=TOLERANCE)
    assert min(others) > 1.1


@pytest.mark.parametrize("method", ["full", "lora"])
def test_both_backends_learn_from_the_same_rollouts(method: str, runs: dict[str, list[dict[str, Any]]]) -> None:
    for ours, theirs in zip(runs[f"torch {method}"], runs[f"trl {method}"], strict=True):
        for metric in ("tokens", "completion_tokens", "reward"):
            assert ours[metric] == theirs[metric]
        for metric in ("loss", "grad_norm", "importance_weight"):
            assert theirs[metric] == pytest.approx(ours[metric], rel=1e-2, abs=1e-4)


def test_under_overlap_the_weights_correct_for_a_step_of_staleness(runs: dict[str, list[dict[str, Any]]]) -> None:
    rows = runs["overlap"]
    assert [row["staleness"] for row in rows] == [0, 1, 1]
    assert rows[0]["importance_weight_max"] == pytest.approx(1.0, abs=TOLERANCE)
    assert min(row["importance_weight_max"] for row in rows[1:]) > 1.1
