"""Several steps of GRPO on the torch backend, followed by transformers and AdamW: weights and every metric.

The completions are the loop's own; all else is computed again from them, row by row, by the papers' formulas.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from reference_network import Network, same, weights_after_updates
from tiny import job_of, problems, verdicts_by_text
from torch import Tensor

from gradus.models.store import load_model
from gradus.problems.table import write_problems
from gradus.provenance.job import Job
from gradus.training import groups as made_groups
from gradus.training.groups import Group
from gradus.training.order import epoch_order
from gradus.training.rollouts.sampler import GroupSampler
from gradus.training.torch import embedded, grpo
from gradus.training.torch.embedded import Start
from model_folders import model_of

STEPS, PROBLEMS, SIZE, MOST = 6, 6, 4, 10
SETTINGS: dict[str, Any] = {
    "method": "full",
    "steps": STEPS,
    "batch_size": PROBLEMS,
    "group_size": SIZE,
    "max_tokens": MOST,
    "max_resamples": 1,
    "temperature": 0.9,
    "updates_per_batch": 2,
    "learning_rate": 3e-3,
    "schedule": "cosine",
    "warmup_share": 0.34,
    "weight_decay": 0.1,
    "max_grad_norm": 0.7,
    "checkpoint_every": 3,
    "rewards": {"correct": {"weight": 1.0}, "overlong_ramp": {"weight": 0.5, "cache": 8}},
    "kl_guard": None,
}
RATES = [0.5, 1.0, *(0.5 * (1 + math.cos(math.pi * n / 4)) for n in range(4))]
"""Of the peak: two steps of warm-up, then half a cosine over the four that are left."""
WITH_GRADIENTS = ("loss", "grad_norm", "kl")


@dataclass
class Drawn:
    """A call for rollouts: the weights that wrote them, the problems, the number of the batch, and what came."""

    weights: dict[str, Tensor]
    indices: list[int]
    batch: int
    groups: list[Group]


@dataclass
class Followed:
    """A run: its calls for rollouts, those for held-out problems apart, and the weights after each of its updates."""

    rows: list[dict[str, Any]]
    calls: list[Drawn]
    held_out: list[Drawn]
    updated: list[dict[str, Tensor]]
    job: Job
    out: Path


def follow(name: str, model: Path, root: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Followed:
    calls: list[Drawn] = []
    draw = GroupSampler.draw

    def noted(self: GroupSampler, engine: embedded.Engine, indices: list[int], batch: int) -> list[Group]:
        groups = draw(self, engine, indices, batch)
        calls.append(Drawn({n: t.clone() for n, t in engine.weights.items()}, indices, batch, groups))
        return groups

    updated = weights_after_updates(monkeypatch)
    monkeypatch.setattr(GroupSampler, "draw", noted)
    monkeypatch.setattr(made_groups, "grade_completions", verdicts_by_text)
    monkeypatch.setattr(embedded, "GRPO_TOKENS", 2 * SIZE * MOST)  # several micro-batches
    write_problems(root / "held_out.parquet", problems(20)[12:])
    job = job_of(root, name, {"held_out": [str(root / "held_out.parquet")]}, **SETTINGS | settings)
    (root / "state").mkdir()
    rows = grpo.train(job, model_of(model), problems(), root / "state", root / "out")
    train, held_out = [c for c in calls if c.batch >= 0], [c for c in calls if c.batch < 0]
    return Followed(rows, train, held_out, updated, job, root / "out")


def right(group: Group) -> list[bool]:
    return [verdict.correct is True for verdict in group.verdicts]


def ramp(group: Group) -> list[float]:
    return [-min(max((len(c.token_ids) - (MOST - 8)) / 8, 0.0), 1.0) for c in group.completions]


def rewards(group: Group) -> list[float]:
    return [float(r) + 0.5 * p for r, p in zip(right(group), ramp(group), strict=True)]


def split_of(groups: list[Group], algorithm: str) -> tuple[list[Group], list[Group]]:
    """Groups that are learned from, and those that the averages are over."""
    if algorithm == "dapo":
        kept = [g for g in groups if 0 < sum(right(g)) < SIZE]
        dropped = [g for g in groups if g not in kept]
        return kept, kept + dropped[: PROBLEMS - len(kept)]
    signal = [g for g in groups if len(set(rewards(g))) > 1]
    return (groups if algorithm == "grpo" else signal), groups


def expected_update(
    network: Network, frozen: Network, learned: list[Group], counted: list[Group], algorithm: str
) -> tuple[Tensor, dict[str, float]]:
    """Loss and metrics of one update, by the formulas."""
    low, high, kl_coef = 0.2, 0.28 if algorithm == "dapo" else 0.2, 0.04 if algorithm == "grpo" else 0.0
    completions = sum(len(g.completions) for g in counted)
    tokens = sum(len(c.token_ids) for g in counted for c in g.completions)
    loss, entropies, clipped_tokens, kls = torch.tensor(0.0), [], 0, []
    for place, group in enumerate(learned):
        values = torch.tensor(rewards(group))
        advantages = values - values.mean()
        if algorithm != "dr_grpo":
            advantages = advantages / (values.std() + 1e-4)
        for advantage, c in zip(advantages, group.completions, strict=True):
            logprobs = network.logprobs(group.prompt_ids, c.token_ids, 0.9)
            new = logprobs.gather(-1, torch.tensor(c.token_ids)[:, None]).squeeze(-1)
            ratio = (new - torch.tensor(c.logprobs)).exp()
            clipped = ratio.clamp(1 - low, 1 + high) * advantage
            losses = -torch.minimum(ratio * advantage, clipped)
            with torch.no_grad():
                reference = frozen.of(group.prompt_ids, c.token_ids, 0.9)
                entropies += (-(logprobs.exp() * logprobs).sum(-1)).tolist()
                clipped_tokens += int((clipped < ratio * advantage).sum())
            kl = (reference - new).exp() - (reference - new) - 1
            if kl_coef or place < 4:
                kls += kl.tolist()
            losses = losses + kl_coef * kl
            if algorithm == "grpo":
                loss = loss + losses.mean() / completions
            else:
                loss = loss + losses.sum() / (tokens if algorithm == "dapo" else completions * MOST)
    clip_share, entropy = clipped_tokens / len(entropies), sum(entropies) / len(entropies)
    metrics = {"loss": loss.item(), "kl": sum(kls) / len(kls), "entropy": entropy, "clip_share": clip_share}
    return loss, metrics


def expected_rollout_metrics(groups: list[Group], algorithm: str, start: Start) -> dict[str, float]:
    """What a step says of its rollouts."""
    values = [torch.tensor(rewards(g)) for g in groups]
    lengths = [len(c.token_ids) for g in groups for c in g.completions]
    ended = [c.token_ids[-1] in start.ends.ids for g in groups for c in g.completions]
    correct = [float(x) for g in groups for x in right(g)]
    if algorithm == "dapo":
        signals = sum(0 < sum(right(g)) < SIZE for g in groups)
    else:
        signals = sum(bool(v.max() > v.min()) for v in values)
    return {
        "reward": float(torch.cat(values).mean()),
        "reward_std": sum(float(v.std()) for v in values) / len(values),
        "reward_correct": sum(correct) / len(correct),
        "reward_overlong_ramp": sum(x for g in groups for x in ramp(g)) / len(lengths),
        "completion_tokens": sum(lengths) / len(lengths),
        "truncated": 1 - sum(ended) / len(ended),
        "no_answer": 0.0,
        "unknown": 0.0,
        "groups": len(groups),
        "groups_without_signal": len(groups) - signals,
        "tokens": sum(lengths),
    }


@pytest.mark.parametrize("algorithm", ["grpo", "dr_grpo", "dapo"])
def test_every_step_is_that_of_the_formulas(
    algorithm: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = follow({"grpo": "direct_rl"}.get(algorithm, algorithm), model, tmp_path, monkeypatch)
    start = Start(model_of(model))
    settings = run.job.settings
    network, frozen = Network(model, settings), Network(model, settings)
    steps = [row for row in run.rows if "reward" in row]
    assert [row["step"] for row in steps] == list(range(1, STEPS + 1))
    calls, updated, read, written, drawn = list(run.calls), list(run.updated), 0, 0, 0
    now: dict[str, Tensor] = {name: p.detach().clone() for name, p in network.parameters.items()}
    for step, row in enumerate(steps):
        # The policy that writes the completions is the one that the last step ended in.
        rounds = [calls.pop(0)]
        while calls and calls[0].batch == rounds[-1].batch + 1 and same(calls[0].weights, rounds[0].weights):
            rounds.append(calls.pop(0))
        assert same(rounds[0].weights, now)
        network.take_up(now)
        groups = [g for call in rounds for g in call.groups]
        order = [i for call in rounds for i in call.indices]
        places = [divmod(place, 12) for place in range(drawn, drawn + len(order))]
        assert order == [epoch_order(12, settings.seed, epoch)[within] for epoch, within in places]
        drawn += len(order)
        with torch.no_grad():
            for group in groups:
                for c in group.completions:
                    ours = network.of(group.prompt_ids, c.token_ids, 0.9)
                    assert torch.allclose(ours, torch.tensor(c.logprobs), atol=1e-4)
        learned, counted = split_of(groups, algorithm)
        rate = 3e-3 * RATES[step]
        for _ in range(2):
            network.take_up(now)
            loss, metrics = expected_update(network, frozen, learned, counted, algorithm)
            metrics["grad_norm"] = network.step(loss, rate)
            moved = network.distance(now)
            now = updated.pop(0)
            assert network.distance(now) <= 1e-2 * moved
            assert network.distance(now, "model.embed") <= 0.2 * moved
        metrics |= expected_rollout_metrics(groups, algorithm, start) | {"learning_rate": rate}
        assert set(row) == {*metrics, "step", "seconds", "tokens_per_second"}
        for key, value in metrics.items():
            near = {"clip_share": 0.02, "entropy": 1e-3}.get(key, 1e-4)  # a ratio at the clip falls to either side
            assert row[key] == pytest.approx(value, rel=1e-2 if key in WITH_GRADIENTS else 1e-4, abs=near), key
        assert row["tokens_per_second"] == pytest.approx(row["tokens"] / row["seconds"], rel=1e-3)
        read += sum(len(g.prompt_ids) * SIZE for g in groups)
        written += row["tokens"]
    assert not calls
    assert (run.job.tokens_in, run.job.tokens_out) == (read, written)
    assert not updated
    assert same(load_model(run.out)[1], now)
    assert max(row["kl"] for row in steps) > 1e-3
    assert max(row["clip_share"] for row in steps) > 0


def test_checkpoints_are_compared_by_greedy_answers_of_their_own_weights(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = follow("dr_grpo", model, tmp_path, monkeypatch, learning_rate=2e-2)
    network, start = Network(model, run.job.settings), Start(model_of(model))
    rows = [row for row in run.rows if "held_out_reward" in row]
    assert [row["step"] for row in rows] == [3, 6]
    assert [row["step"] for row in run.rows] == [1, 2, 3, 3, 4, 5, 6, 6]
    answers = []
    for row, call in zip(rows, run.held_out, strict=True):
        assert same(call.weights, run.updated[2 * row["step"] - 1])
        assert same(load_model(run.out / "checkpoints" / f"step-{row['step']:04d}")[1], call.weights)
        assert (call.indices, call.batch) == (list(range(8)), -1)
        network.take_up(call.weights)
        found = [[c.token_ids for c in group.completions] for group in call.groups]
        expected = [network.greedy(group.prompt_ids, MOST, set(start.ends.ids)) for group in call.groups]
        assert found == [[ids] for ids in expected]
        values = [rewards(group)[0] for group in call.groups]
        assert row["held_out_reward"] == pytest.approx(sum(values) / 8, abs=1e-5)
        answers.append(expected)
    assert answers[0] != answers[1]  # the weights between them differ enough to be told apart
    assert rows[0]["held_out_reward"] != rows[1]["held_out_reward"]
