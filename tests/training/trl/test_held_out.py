"""Held-out rewards of the trl backend: greedy, those of the torch backend, and no matter for the training."""

from pathlib import Path
from typing import Any

import pytest
from parity import trl_job
from test_loops import SHORT
from tiny import problems, save_tiny_model

from gradus.problems.table import write_problems
from gradus.training.causal_lm import load
from gradus.training.torch import rollouts as torch_rollouts
from gradus.training.torch.embedded import Start
from gradus.training.trl import grpo, held_out
from gradus.training.trl.grpo_trainer import GrpoTrainer
from model_folders import model_of

SETTINGS = SHORT | {"rewards": {"random": {"weight": 1.0}, "overlong": {"weight": 0.3}}}


def test_greedy_answers_and_rewards_are_those_of_the_torch_backend(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, list[Any]] = {}
    for module in (held_out, torch_rollouts):

        def noted(*arguments: Any, rewarded: Any = module.rewarded, name: str = module.__name__) -> Any:
            asked[name] = [arguments[0], [c.token_ids for c in arguments[2]], [c.finish_reason for c in arguments[2]]]
            return rewarded(*arguments)

        monkeypatch.setattr(module, "rewarded", noted)
    settings = trl_job(tmp_path, "direct_rl", **SETTINGS).settings
    measured = problems(30)  # more than are drawn at once
    trainer = GrpoTrainer(load(model_of(model), settings, tmp_path), problems(), tmp_path)
    trainer.model.train()
    sampled = trainer.generation_config
    found = held_out.HeldOut(trainer, measured, settings).reward()
    start = Start(model_of(model))
    assert found == torch_rollouts.HeldOut(start, measured, settings).reward(start.weights()) != 0
    assert asked[held_out.__name__] == asked[torch_rollouts.__name__]
    assert len({tuple(ids) for ids in asked[held_out.__name__][1]}) > 10
    assert trainer.generation_config is sampled
    assert trainer.generation_kwargs["do_sample"]
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
