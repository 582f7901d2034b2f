"""GRPO on one problem set after another: what is asked at each step, and that a run that was stopped goes on there."""

from pathlib import Path
from typing import Any

import pytest
from stopping import stopped_before
from test_loops import SHORT, without_times
from tiny import job_of, problems, verdicts_by_text

from gradus.problems.table import write_problems
from gradus.training import groups as made_groups
from gradus.training import recording
from gradus.training.rollouts.sampler import GroupSampler
from gradus.training.torch import grpo
from model_folders import model_of

CURRICULUM = [{"set": "easy", "steps": 2}, {"set": "hard", "steps": 1}, {"set": "easy", "steps": 1}]
NETWORKS = ["gradus.training.torch.embedded", "gradus.training.torch.module.network"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The problems of each batch that is drawn; about half of all answers are right."""
    calls: list[list[int]] = []
    draw = GroupSampler.draw_share

    def noted(self: GroupSampler, engine: Any, indices: list[int], batch: int) -> Any:
        calls.append(indices)
        return draw(self, engine, indices, batch)

    monkeypatch.setattr(GroupSampler, "draw_share", noted)
    monkeypatch.setattr(made_groups, "grade_completions", verdicts_by_text)
    monkeypatch.setattr(recording, "MIN_SECONDS_BETWEEN_SAVES", 0.0)
    monkeypatch.setattr(recording, "MAX_SHARE_OF_TIME_SAVING", 1e9)
    return calls


def run(root: Path, model: Path, network: str, **settings: Any) -> list[dict[str, Any]]:
    (root / "state").mkdir(parents=True, exist_ok=True)
    files = [str(root / "easy.parquet"), str(root / "hard.parquet")]
    sets = [problems(12)[:5], problems(12)[5:]]
    for file, problem_set in zip(files, sets, strict=True):
        write_problems(file, problem_set)
    chosen = SHORT | {"problems": CURRICULUM, "steps": 4, "batch_size": 2, "order": "file"} | settings
    job = job_of(root, "direct_rl", {"problems": files}, **chosen)
    backend, _, *others = job.modules
    job.modules = (backend, network, *others)
    return grpo.train(job, model_of(model), problems(12), root / "state", root / "out")


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("stop", [2, 3, 4])
def test_a_run_that_was_stopped_goes_on_in_its_part(
    network: str, stop: int, asked: list[list[int]], model: Path, tmp_path: Path
) -> None:
    whole = run(tmp_path / "whole", model, network)
    assert asked == [[0, 1], [2, 3], [5, 6], [4, 0]]
    asked.clear()
    with stopped_before(stop):
        run(tmp_path / "resumed", model, network)
    asked.clear()
    resumed = run(tmp_path / "resumed", model, network)
    assert asked == [[0, 1], [2, 3], [5, 6], [4, 0]][stop - 1 :]
    assert without_times(resumed) == without_times(whole)
    weights = [tmp_path / name / "out" / "adapter_model.safetensors" for name in ("whole", "resumed")]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_what_is_drawn_ahead_is_of_the_next_part(asked: list[list[int]], model: Path, tmp_path: Path) -> None:
    run(tmp_path, model, NETWORKS[1], overlap=1)
    assert asked == [[0, 1], [2, 3], [5, 6], [4, 0]]
