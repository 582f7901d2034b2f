"""Rollouts that are drawn while the step before them is under way, by the loops on a model of transformers."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from reference_network import weights_after_updates
from safetensors.torch import load_file
from tiny import job_of, problem_at, problems, verdicts_by_text

from gradus.problems.table import write_problems
from gradus.training import groups as made_groups
from gradus.training import recording
from gradus.training.groups import Group
from gradus.training.recorder import Recorder
from gradus.training.rollouts.protocol import RolloutEngine
from gradus.training.rollouts.sampler import GroupSampler, HeldOut
from gradus.training.rollouts.transformers import TransformersRollouts
from gradus.training.torch import grpo
from gradus.training.torch.completions import Batch
from gradus.training.torch.module.network import open_start
from model_folders import model_of

NETWORK = "gradus.training.torch.module.network"
SETTINGS = {
    "steps": 5,
    "batch_size": 4,
    "group_size": 4,
    "max_tokens": 10,
    "checkpoint_every": 2,
    "learning_rate": 3e-2,
    "rewards": {"correct": {"weight": 1.0}},
    "kl_guard": None,
    "kl_coef": 0.0,
}
TIMES = ("seconds", "tokens_per_second")


@dataclass
class Drawn:
    """One call for groups: from which thread, what was asked, what came."""

    thread: str
    indices: list[int]
    batch: int
    groups: list[Group]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Drawn]]:
    monkeypatch.setattr(made_groups, "grade_completions", verdicts_by_text)
    calls: list[Drawn] = []
    draw = GroupSampler.draw_share

    def noted(self: GroupSampler, engine: RolloutEngine, indices: list[int], batch: int) -> list[Group]:
        groups = draw(self, engine, indices, batch)
        calls.append(Drawn(threading.current_thread().name, indices, batch, groups))
        return groups

    monkeypatch.setattr(GroupSampler, "draw_share", noted)
    return calls


def run(
    root: Path, model: Path, name: str = "direct_rl", held_out: bool = False, **settings: Any
) -> list[dict[str, Any]]:
    paths = {"held_out": [str(root / "held_out.parquet")]} if held_out else {}
    if held_out:
        root.mkdir(exist_ok=True)
        write_problems(root / "held_out.parquet", problems(20)[12:])
    job = job_of(root, name, paths, **SETTINGS | settings)
    backend, _, *others = job.modules
    job.modules = (backend, NETWORK, *others)
    (root / "state").mkdir(exist_ok=True)
    rows = grpo.train(job, model_of(model), problems(), root / "state", root / "out")
    return [{key: value for key, value in row.items() if key not in TIMES} for row in rows]


def trained(root: Path) -> dict[str, torch.Tensor]:
    (file,) = (root / "out").glob("*.safetensors")
    return load_file(file)


def logprobs(model: Path, adapter: dict[str, torch.Tensor] | None, root: Path, groups: list[Group]) -> torch.Tensor:
    """Of all completions' tokens, by the model with these values of what is trained, computed anew."""
    settings = job_of(root, "direct_rl", **SETTINGS).settings
    policy = open_start(model_of(model), settings, root / "again").policy_of(settings)
    with torch.no_grad():
        for name, parameter in policy.parameters.items():
            if adapter is not None:
                parameter.copy_(adapter[name])
        batch = Batch(
            [g.prompt_ids for g in groups],
            [g.completions for g in groups],
            [[0.0] * len(g.completions) for g in groups],
        )
        found = policy.completion_logprobs(policy.weights(), batch, settings.temperature)[0]
    return found[batch.mask_N_C.bool()]


def test_each_batch_is_a_step_old_and_has_the_log_probabilities_of_the_weights_that_drew_it(
    drawn: list[Drawn], model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    updated = weights_after_updates(monkeypatch)
    rows = run(tmp_path, model, overlap=1)
    assert [row["staleness"] for row in rows] == [0, 1, 1, 1, 1]
    assert [call.thread for call in drawn] == ["MainThread", *["rollouts"] * 4]
    seed = job_of(tmp_path, "direct_rl").settings.seed
    assert [i for call in drawn for i in call.indices] == [problem_at(place, 12, seed) for place in range(20)]
    assert len(updated) == 5
    versions = [None, None, *updated[:3]]  # the first two are drawn before any update
    for call, version in zip(drawn, versions, strict=True):
        said = torch.tensor([x for group in call.groups for c in group.completions for x in c.logprobs])
        torch.testing.assert_close(said, logprobs(model, version, tmp_path, call.groups), atol=2e-5, rtol=0)
    # And not those of the weights that learned from it.
    said = torch.tensor([x for group in drawn[-1].groups for c in group.completions for x in c.logprobs])
    assert (said - logprobs(model, updated[3], tmp_path, drawn[-1].groups)).abs().max() > 1e-3
    assert rows[0]["clip_share"] == 0.0
    assert max(row["clip_share"] for row in rows) > 0.0


@pytest.mark.parametrize("method", ["lora", "full"])
@pytest.mark.usefixtures("drawn")
def test_two_runs_are_the_same_and_one_that_was_stopped_too(
    method: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: dict[str, Any] = {"overlap": 1, "method": method, "learning_rate": 3e-3}
    rows = run(tmp_path / "one", model, **settings)
    assert run(tmp_path / "other", model, **settings) == rows
    monkeypatch.setattr(recording.SaveTimer, "is_due", lambda self: True)
    add = Recorder.add

    def stop(self: Recorder, row: dict[str, Any], shown: str) -> None:
        if row["step"] == 4:
            raise KeyboardInterrupt
        add(self, row, shown)

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "add", stop)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "resumed", model, **settings)
    assert run(tmp_path / "resumed", model, **settings) == rows
    first, *others = (trained(tmp_path / name) for name in ("one", "other", "resumed"))
    assert all(torch.equal(first[name], other[name]) for other in others for name in first)


@pytest.mark.usefixtures("drawn")
def test_a_step_that_learns_from_fresh_rollouts_is_that_of_a_run_without_overlap(model: Path, tmp_path: Path) -> None:
    """The first step is; the second differs, as its rollouts are of the weights before the first."""
    plain, ahead = run(tmp_path / "plain", model), run(tmp_path / "ahead", model, overlap=1)
    assert {key: value for key, value in ahead[0].items() if key != "staleness"} == plain[0]
    assert ahead[1]["loss"] != plain[1]["loss"]
    assert all("staleness" not in row for row in plain)


def test_dynamic_sampling_draws_further_rounds_from_the_weights_of_then(
    drawn: list[Drawn], model: Path, tmp_path: Path
) -> None:
    rows = run(tmp_path, model, "dapo", overlap=1, max_resamples=2)
    seed = job_of(tmp_path, "dapo").settings.seed
    asked = [index for call in drawn for index in call.indices]
    assert asked == [problem_at(place, 12, seed) for place in range(len(asked))]
    assert [call.batch for call in drawn] == list(range(len(drawn)))
    threads = [call.thread for call in drawn]
    assert threads.count("rollouts") == 4
    assert len(drawn) > 5  # so there were further rounds, and they are not the worker's
    assert sum(row["groups"] for row in rows) == len(asked)


def test_held_out_problems_are_answered_by_the_weights_of_the_checkpoint(
    drawn: list[Drawn], model: Path, tmp_path: Path
) -> None:
    found = [
        row["held_out_reward"] for row in run(tmp_path, model, overlap=1, held_out=True) if "held_out_reward" in row
    ]
    answers = [[c.token_ids for g in call.groups for c in g.completions] for call in drawn if call.batch < 0]
    assert len(found) == len(answers) == 2
    for step, texts in zip((2, 4), answers, strict=True):
        settings = job_of(tmp_path / "measured", "direct_rl", **SETTINGS).settings
        adapter = tmp_path / f"out/checkpoints/step-{step:04d}/adapter_model.safetensors"
        start = open_start(model_of(model, adapter), settings, tmp_path / "state")
        engine = start.engine_of(start.policy_of(settings), 64)
        HeldOut(start, problems(20)[12:], settings).reward(engine)
        assert [c.token_ids for g in drawn[-1].groups for c in g.completions] == texts


@pytest.mark.usefixtures("drawn")
def test_what_goes_wrong_in_the_worker_ends_the_run(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = TransformersRollouts.generate

    def failing(self: TransformersRollouts, *arguments: Any, **named: Any) -> Any:
        if threading.current_thread().name == "rollouts":
            raise RuntimeError("out of memory")
        return generate(self, *arguments, **named)

    monkeypatch.setattr(TransformersRollouts, "generate", failing)
    with pytest.raises(RuntimeError, match="out of memory"):
        run(tmp_path, model, overlap=1)
