"""Held-out rewards of the trl backend: greedy, those of the torch backend, and no matter for the training."""

from pathlib import Path
from typing import Any

import pytest
from parity import trl_job
from test_loops import SHORT
from tiny import answering, order_of, problems, save_tiny_model

from gradus.problems.table import write_problems
from gradus.training.causal_lm import load
from gradus.training.groups import rewarded
from gradus.training.problem_order import fresh_carried
from gradus.training.rollouts import sampler
from gradus.training.rollouts.source import Rollouts
from gradus.training.torch.embedded import Start
from gradus.training.trl import grpo
from gradus.training.trl.grpo_trainer import GrpoTrainer
from model_folders import model_of

SETTINGS = SHORT | {"rewards": {"random": {"weight": 1.0}, "overlong": {"weight": 0.3}}}


def test_rollouts_greedy_answers_and_rewards_are_those_of_the_torch_backend(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def noted(*arguments: Any) -> Any:
        asked.append([arguments[0], [(a.completion.token_ids, a.completion.finish_reason) for a in arguments[2]]])
        return rewarded(*arguments)

    monkeypatch.setattr(sampler, "rewarded", noted)
    settings = trl_job(tmp_path, "direct_rl", **SETTINGS).settings
    measured = problems(30)
    loaded = load(model_of(model), settings, tmp_path)
    trainer = GrpoTrainer(loaded, problems(), tmp_path)
    trainer.model.train()
    found = trainer.rollouts.measure(sampler.HeldOut(loaded, measured, settings))
    trainer.rollouts.collect()
    start = Start(model_of(model))
    engine = answering(start)
    assert found == sampler.HeldOut(start, measured, settings).reward(engine) != 0
    Rollouts(engine, sampler.GroupSampler(start, problems(), settings), order_of(settings), fresh_carried()).collect()
    assert asked[:2] == asked[2:]
    assert len({tuple(ids) for ids, _ in asked[0][1]}) > 10
    assert trainer.model.training


def test_measuring_changes_no_step(tmp_path: Path) -> None:
    """In 4 bits, where bitsandbytes would change the weights' form in a model that is evaluated."""
    model = save_tiny_model(tmp_path / "model", hidden=64, inner=64)
    write_problems(tmp_path / "held_out.parquet", problems(5))
    found = []
    for name, files in (("with", {"held_out": [str(tmp_path / "held_out.parquet")]}), ("without", {})):
        job = trl_job(tmp_path / name, "direct_rl", files, **SETTINGS, method="qlora")
        (tmp_path / name / "state").mkdir(parents=True)
        rows = grpo.train(job, model_of(model), problems(), tmp_path / name / "state", tmp_path / name / "out")
        found.append([{key: value for key, value in row.items() if "second" not in key} for row in rows])
    measured = [row for row in found[0] if "held_out_reward" in row]
    assert [row["step"] for row in measured] == [2, 4]
    assert [row for row in found[0] if row not in measured] == found[1]
