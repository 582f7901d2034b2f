"""A run of the trl backend that a signal asks to end saves the batch at hand, and ends as one that got none."""

from pathlib import Path
from typing import Any

import pytest
from parity import trl_job
from stopping import asked_to_end_at
from test_loops import SHORT, without_times
from tiny import problems, traces

from gradus.provenance.job import Job
from gradus.training.trl import grpo, sft
from model_folders import model_of

UPDATES = 2
"""Optimizer steps on each batch: a state may lie between batches only."""


def train(name: str, job: Job[Any], model: Path, root: Path) -> list[dict[str, Any]]:
    (root / "state").mkdir(parents=True, exist_ok=True)
    loop, data = (sft, traces(12)) if name == "sft_custom" else (grpo, problems())
    return loop.train(job, model_of(model), data, root / "state", root / "out")


@pytest.mark.parametrize("name", ["sft_custom", "direct_rl"])
def test_it_resumes_after_the_step_at_hand_to_the_same_bytes(
    name: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"sft_custom": {"batch_size": 4, "epochs": 2}, "direct_rl": SHORT | {"updates_per_batch": UPDATES}}
    job = trl_job(tmp_path, name, **settings[name])
    whole = train(name, job, model, tmp_path / "whole")
    with asked_to_end_at(3, of=whole[-1]["step"], job=job):
        train(name, job, model, tmp_path / "stopped")
    capsys.readouterr()
    again = trl_job(tmp_path, name, **settings[name])
    assert without_times(train(name, again, model, tmp_path / "stopped")) == without_times(whole)
    assert "resumes after step 3 of" in capsys.readouterr().err
    kept = sorted(path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole/out").rglob("*.safetensors"))
    assert kept
    for file in kept:
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "stopped" / file).read_bytes(), file
