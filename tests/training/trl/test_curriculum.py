"""TRL's loop on one problem set after another, as in the torch backend's test of the same name."""

from pathlib import Path
from typing import Any

import pytest
from parity import trl_job
from stopping import stopped_before
from test_curriculum import CURRICULUM
from test_loops import SHORT, without_times
from tiny import problems, verdicts_by_text

from gradus.problems.table import write_problems
from gradus.training import groups
from gradus.training.rollouts.sampler import GroupSampler
from gradus.training.trl import grpo
from model_folders import model_of


def run(root: Path, model: Path) -> list[dict[str, Any]]:
    (root / "state").mkdir(parents=True, exist_ok=True)
    files = [str(root / "easy.parquet"), str(root / "hard.parquet")]
    for file, problem_set in zip(files, [problems()[:5], problems()[5:]], strict=True):
        write_problems(file, problem_set)
    settings = SHORT | {"problems": CURRICULUM, "steps": 4, "batch_size": 2, "order": "file", "micro_batch": 2}
    job = trl_job(root, "direct_rl", {"problems": files}, **settings)
    return grpo.train(job, model_of(model), problems(), root / "state", root / "out")


@pytest.mark.usefixtures("_saves_always")
@pytest.mark.parametrize("stop", [2, 3])
def test_a_run_that_was_stopped_goes_on_in_its_part(
    stop: int, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[int]] = []
    draw = GroupSampler.draw

    def noted(self: GroupSampler, engine: Any, indices: list[int], batch: int) -> Any:
        asked.append(indices)
        return draw(self, engine, indices, batch)

    monkeypatch.setattr(GroupSampler, "draw", noted)
    monkeypatch.setattr(groups, "grade_completions", verdicts_by_text)
    whole = run(tmp_path / "whole", model)
    assert asked == [[0, 1], [2, 3], [5, 6], [4, 0]]
    asked.clear()
    with stopped_before(stop):
        run(tmp_path / "resumed", model)
    asked.clear()
    resumed = run(tmp_path / "resumed", model)
    assert asked == [[0, 1], [2, 3], [5, 6], [4, 0]][stop - 1 :]
    assert without_times(resumed) == without_times(whole)
