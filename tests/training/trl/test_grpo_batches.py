"""What TRL's trainer draws, scores and learns from in a run over several steps."""

from pathlib import Path
from typing import Any

import pytest
import torch
from parity import trl_job
from safetensors.torch import load_file
from stopping import stopped_before
from test_loops import SHORT, without_times
from tiny import answering, problem_at, problems, verdicts_by_text
from torch import Tensor

from gradus.models.qwen3 import hidden_states, logits
from gradus.problems.table import write_problems
from gradus.provenance.files import read_json
from gradus.sampling.transformers.engine import TransformersEngine
from gradus.training import groups
from gradus.training.causal_lm import load
from gradus.training.groups import Group
from gradus.training.rollouts.protocol import RolloutEngine
from gradus.training.rollouts.sampler import GroupSampler, HeldOut
from gradus.training.step_batch import has_signal
from gradus.training.torch.embedded import Start
from gradus.training.trl import grpo
from gradus.training.trl.grpo_trainer import GrpoTrainer
from model_folders import model_of

IDS = torch.tensor([[5, 6, 7, 8]])
SAMPLED = SHORT | {"rewards": {"correct": {"weight": 1.0}}, "batch_size": 4, "group_size": 2}
"""About half of any answers are right, so that some groups have a signal and some have none."""


def run(root: Path, model: Path, name: str = "direct_rl", **settings: Any) -> list[dict[str, Any]]:
    (root / "state").mkdir(parents=True, exist_ok=True)
    return grpo.train(trl_job(root, name, **settings), model_of(model), problems(), root / "state", root / "out")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[int], int, list[Group]]]:
    """What was asked and answered: the problems' indices, the number of the call, and the groups."""
    monkeypatch.setattr(groups, "grade_completions", verdicts_by_text)
    calls: list[tuple[list[int], int, list[Group]]] = []
    draw = GroupSampler.draw

    def noted(self: GroupSampler, engine: RolloutEngine, indices: list[int], batch: int) -> list[Group]:
        calls.append((indices, batch, draw(self, engine, indices, batch)))
        return calls[-1][2]

    monkeypatch.setattr(GroupSampler, "draw", noted)
    return calls


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bool, int, int]]:
    """Of each pass over rows of tokens: whether it is for gradients, the completions, and their tokens."""
    seen: list[tuple[bool, int, int]] = []
    score = GrpoTrainer._get_per_token_logps_and_entropies

    def noted(self: GrpoTrainer, model: Any, ids: Tensor, real: Tensor, columns: int, *rest: Any, **more: Any) -> Any:
        seen.append((torch.is_grad_enabled(), len(ids), int(real[:, -columns:].sum())))
        return score(self, model, ids, real, columns, *rest, **more)

    monkeypatch.setattr(GrpoTrainer, "_get_per_token_logps_and_entropies", noted)
    return seen


@pytest.mark.parametrize("micro_batch", [None, 2])
def test_groups_without_a_signal_go_through_no_pass(
    micro_batch: int | None, drawn: Any, passes: list[tuple[bool, int, int]], model: Path, tmp_path: Path
) -> None:
    rows = run(tmp_path, model, **SAMPLED, kl_coef=0.0, kl_guard=None, micro_batch=micro_batch)
    kept = [[g for g, keep in zip(made, has_signal(made, False), strict=True) if keep] for _, _, made in drawn]
    assert {len(each) for each in kept} > {1}
    assert [row["groups_without_signal"] for row in rows] == [4 - len(each) for each in kept]
    tokens = [len(c.token_ids) for each in kept for group in each for c in group.completions]
    assert all(for_gradients for for_gradients, *_ in passes)  # none for old or reference log-probabilities either
    assert sum(count for _, count, _ in passes) == len(tokens)
    assert sum(count for *_, count in passes) == sum(tokens)
    assert all(count <= (micro_batch or 8) for _, count, _ in passes)


def test_a_batch_is_drawn_once_for_all_of_its_updates(drawn: Any, model: Path, tmp_path: Path) -> None:
    """Old log-probabilities are those of the policy that wrote it: from the second update on tokens are clipped."""
    settings = SAMPLED | {"kl_coef": 0.0, "kl_guard": None, "micro_batch": 2, "learning_rate": 3e-2}
    once = run(tmp_path / "once", model, **settings)
    twice = run(tmp_path / "twice", model, **settings, updates_per_batch=2)
    assert [batch for _, batch, _ in drawn] == [0, 1, 2, 3] * 2
    assert [row["clip_share"] for row in once] == [0.0] * 4
    assert all(row["clip_share"] > 0 for row in twice)


def test_dynamic_sampling_draws_others_until_the_batch_is_full(drawn: Any, model: Path, tmp_path: Path) -> None:
    rows = run(tmp_path, model, "dapo", **SAMPLED, max_resamples=3)
    asked = [index for indices, *_ in drawn for index in indices]
    assert asked == [problem_at(place, 12, trl_job(tmp_path, "dapo").settings.seed) for place in range(len(asked))]
    assert [batch for _, batch, _ in drawn] == list(range(len(drawn)))
    assert len(drawn) > len(rows) == 4
    calls = iter(drawn)
    for row in rows:
        kept = found = 0
        for _ in range(4):
            indices, _, made = next(calls)
            assert len(indices) == 4 - kept
            kept, found = kept + sum(has_signal(made, True)), found + len(made)
            if kept == 4:
                break
        assert (row["groups"], row["groups_without_signal"]) == (found, found - kept)
        assert row["grad_norm"] > 0
    assert next(calls, None) is None


@pytest.mark.usefixtures("_saves_always")
def test_a_run_that_was_stopped_goes_on_with_the_problems_that_come_next(
    drawn: Any, model: Path, tmp_path: Path
) -> None:
    settings = SAMPLED | {"max_resamples": 2, "micro_batch": 2}
    whole = run(tmp_path / "whole", model, "dapo", **settings)
    asked = [(indices, batch) for indices, batch, _ in drawn]
    drawn.clear()
    with stopped_before(3):
        run(tmp_path / "resumed", model, "dapo", **settings)
    carried = read_json(tmp_path / "resumed/state/state.json")["carried"]
    before = drawn[: carried["batches"]]
    drawn[:] = before
    resumed = run(tmp_path / "resumed", model, "dapo", **settings)
    assert [(indices, batch) for indices, batch, _ in drawn] == asked
    assert carried["drawn"]["train"] == sum(len(indices) for indices, *_ in before)
    assert without_times(resumed) == without_times(whole)


def shown(model: Path, adapter: Path) -> Tensor:
    """Logits by the torch backend."""
    start = Start(model_of(model, adapter / "adapter_model.safetensors"))
    with torch.no_grad():
        return logits(start.weights(), hidden_states(start.weights(), start.arch, IDS))


def test_rollouts_come_from_the_policy_as_the_last_step_left_it(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Tensor] = []
    generate = TransformersEngine.generate

    def noted(self: TransformersEngine, *arguments: Any, **named: Any) -> Any:
        with torch.no_grad():
            found.append(self._model(IDS).logits)
        return generate(self, *arguments, **named)

    monkeypatch.setattr(TransformersEngine, "generate", noted)
    run(tmp_path, model, **SHORT | {"checkpoint_every": 1}, learning_rate=1e-2)
    assert len(found) == 4
    for step, seen in enumerate(found[1:], start=1):
        assert torch.allclose(seen, shown(model, tmp_path / f"out/checkpoints/step-{step:04d}"), atol=1e-3), step
        assert not torch.allclose(seen, found[0], atol=1e-2), step


def test_all_parameters_are_trained_from_the_model_with_the_adapter_in_it(model: Path, tmp_path: Path) -> None:
    run(tmp_path / "first", model, **SHORT | {"steps": 1, "checkpoint_every": 1}, learning_rate=0.1)
    adapter = tmp_path / "first/out"
    settings = trl_job(tmp_path, "direct_rl", method="full").settings
    start = load(model_of(model, adapter / "adapter_model.safetensors"), settings, tmp_path / "state").model
    dense = Start(model_of(model))
    with torch.no_grad():
        assert torch.allclose(start(IDS).logits, shown(model, adapter), atol=1e-3)
        base = logits(dense.weights(), hidden_states(dense.weights(), dense.arch, IDS))
    assert not torch.allclose(shown(model, adapter), base, atol=1e-1)


def test_the_held_out_reward_is_that_of_the_trained_weights(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "grade_completions", verdicts_by_text)
    measured = problems(60)
    write_problems(tmp_path / "held_out.parquet", measured)
    files = {"held_out": [str(tmp_path / "held_out.parquet")]}
    job = trl_job(tmp_path, "direct_rl", files, **SAMPLED, learning_rate=3e-2)
    (tmp_path / "state").mkdir()
    rows = grpo.train(job, model_of(model), problems(), tmp_path / "state", tmp_path / "out")
    found = {row["step"]: row["held_out_reward"] for row in rows if "held_out_reward" in row}

    def by_torch(start: Start) -> float:
        return HeldOut(start, measured, job.settings).reward(answering(start))

    for step, reward in found.items():
        adapter = tmp_path / f"out/checkpoints/step-{step:04d}/adapter_model.safetensors"
        assert reward == pytest.approx(by_torch(Start(model_of(model, adapter))), abs=1e-5)
    assert list(found) == [2, 4]
    assert by_torch(Start(model_of(model))) not in found.values()


@pytest.mark.parametrize(
    ("schedule", "shares"), [("constant", [0.5, 1, 1, 1]), ("linear", [0.5, 1, 1, 0.5]), ("cosine", [0.5, 1, 1, 0.5])]
)
def test_the_learning_rate_is_that_of_the_schedule_and_moves_the_weights_so_far(
    schedule: str, shares: list[float], model: Path, tmp_path: Path
) -> None:
    settings = SHORT | {"checkpoint_every": 1, "warmup_share": 0.5, "max_grad_norm": 1e9, "kl_guard": None}
    rows = run(tmp_path, model, **settings, schedule=schedule, learning_rate=1e-3)
    assert [row["learning_rate"] for row in rows] == pytest.approx([1e-3 * share for share in shares])
    # AdamW's first step moves each number by the learning rate, whatever its gradient; B begins at zero.
    first = load_file(tmp_path / "out/checkpoints/step-0001/adapter_model.safetensors")
    moved = torch.cat([tensor.abs().flatten() for key, tensor in first.items() if "lora_B" in key])
    assert float(moved.median()) == pytest.approx(5e-4, rel=0.02)


def test_the_metrics_of_a_step_by_hand(drawn: Any, model: Path, tmp_path: Path) -> None:
    rows = run(tmp_path, model, **SAMPLED | {"rewards": {"correct": {"weight": 2.0}, "random": {"weight": 0.5}}})
    for row, (_, _, made) in zip(rows, drawn, strict=True):
        rewards = torch.tensor([group.rewards for group in made])
        lengths = [len(c.token_ids) for group in made for c in group.completions]
        deviations = [abs(a - b) / 2**0.5 for a, b in rewards.tolist()]  # of two, by n - 1
        assert row["reward"] == pytest.approx(float(rewards.sum() / 8), rel=1e-5)
        assert row["reward_std"] == pytest.approx(sum(deviations) / 4, rel=1e-5)
        assert row["reward_correct"] == sum(sum(group.parts["correct"]) for group in made) / 8
        assert (row["tokens"], row["completion_tokens"]) == (sum(lengths), sum(lengths) / 8)
        ends = [c.token_ids[-1] == 2 for group in made for c in group.completions]  # the tokenizer's
        assert row["truncated"] == pytest.approx(1 - sum(ends) / 8)
        assert row["groups"] == 4
        assert row["tokens_per_second"] == pytest.approx(row["tokens"] / row["seconds"], rel=1e-4)
        assert 0 < row["rollout_seconds"] < row["seconds"]
    assert {row["reward"] for row in rows} > {rows[0]["reward"]}
