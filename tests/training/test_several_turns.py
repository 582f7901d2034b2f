"""Completions of several turns: what an environment said in one is read, and neither learned nor measured."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import job_of, problems

from gradus.environments.kinds import calculator
from gradus.models.ends import Ends
from gradus.models.opened import ModelFolders
from gradus.sampling.protocol import Completion
from gradus.training.groups import Group, rollout_metrics
from gradus.training.optimizer import Optimizer
from gradus.training.rollouts.sampler import GroupSampler
from gradus.training.step_batch import step_batch
from gradus.training.torch import embedded, grpo
from gradus.training.torch.completions import Batch
from gradus.training.torch.module import network as module
from model_folders import model_of

SETTINGS: dict[str, Any] = {
    "steps": 2,
    "batch_size": 2,
    "group_size": 4,
    "max_tokens": 40,
    "checkpoint_every": 2,
    "method": "full",
    "rewards": {"random": {"weight": 1.0}, "tool_success": {"weight": 0.0}},
}
PROMPT = {"system": None, "few_shot": [], "suffix": "", "environment": {"name": "calculator", "max_turns": 3}}
GIVEN = Completion([5, 9, 2, 11, 12, 13, 7, 2], [-1.0, -2.0, -3.0, 0.0, 0.0, 0.0, -4.0, -5.0], "stop", ((3, 6),))
PLAIN = Completion([8, 2], [-1.0, -1.0], "stop")
PROMPT_IDS = [3, 4, 5]


def starts(model: ModelFolders, root: Path) -> list[Any]:
    """By both networks of the torch backend."""
    settings = job_of(root, "direct_rl", **SETTINGS, network="transformers").settings
    return [embedded.open_start(model, settings, root), module.open_start(model, settings, root)]


def test_only_the_models_own_tokens_have_log_probabilities(model: Path, tmp_path: Path) -> None:
    batch = Batch([PROMPT_IDS], [[GIVEN, PLAIN]], [[1.0, -1.0]])
    assert batch.mask_N_C.tolist() == [[1, 1, 1, 0, 0, 0, 1, 1], [1, 1, 0, 0, 0, 0, 0, 0]]
    assert batch.old_N_C[0].tolist() == GIVEN.logprobs
    settings = job_of(tmp_path, "direct_rl", **SETTINGS).settings
    for start in starts(model_of(model), tmp_path):
        policy = start.policy_of(settings)
        examples = [
            ([*PROMPT_IDS, *c.token_ids], [False] * len(PROMPT_IDS) + c.written)  # as SFT learns them, row by row
            for c in (GIVEN, PLAIN)
        ]
        expected_M = policy.example_logprobs(policy.weights(), examples)
        logprobs_N_C, entropy_M = policy.completion_logprobs(policy.weights(), batch, 1.0)
        assert torch.allclose(logprobs_N_C[batch.mask_N_C.bool()], expected_M, atol=1e-5)
        assert not logprobs_N_C[~batch.mask_N_C.bool()].any()
        assert entropy_M.shape == expected_M.shape == (7,)


def test_sizes_of_a_batch_count_the_models_own_tokens(tmp_path: Path) -> None:
    settings = job_of(tmp_path, "direct_rl", **SETTINGS).settings
    group = Group(PROMPT_IDS, [GIVEN, PLAIN], [1.0, 0.0], {})
    batch = step_batch([group], settings)
    assert (batch.tokens, batch.completions) == (7, 2)
    row = rollout_metrics([group], 1, [])
    assert (row["tokens"], row["completion_tokens"], row["prompt_tokens"]) == (7, 3.5, 2 * 3 + 3)


@pytest.mark.parametrize("normalisation", ["sequence", "token", "constant"])
def test_an_update_follows_the_gradient_of_the_models_own_tokens(
    model: Path, tmp_path: Path, normalisation: str
) -> None:
    """Against the formula, on log-probabilities of whole rows."""
    settings = job_of(tmp_path, "direct_rl", **SETTINGS, normalisation=normalisation, kl_coef=0.0).settings
    start = embedded.Start(model_of(model))
    policy, other = start.policy_of(settings), start.policy_of(settings)
    with torch.no_grad():
        batch = Batch([PROMPT_IDS], [[GIVEN, PLAIN]], [[1.0, -1.0]])
        now_N_C = policy.completion_logprobs(policy.weights(), batch, 1.0)[0]
    drawn = [
        Completion(c.token_ids, now.tolist()[: len(c.token_ids)], c.finish_reason, c.given)
        for c, now in zip((GIVEN, PLAIN), now_N_C, strict=True)
    ]
    step = step_batch([Group(PROMPT_IDS, drawn, [1.0, 0.0], {})], settings)
    row = grpo.update(policy, None, Optimizer.of(settings, policy.parameters), step, 0.0, settings)

    loss = torch.zeros(())
    for c, advantage in zip(drawn, step.advantages[0], strict=True):
        ids = [*PROMPT_IDS, *c.token_ids]
        own = other.example_logprobs(other.weights(), [(ids, [False] * len(PROMPT_IDS) + c.written)])
        share = {"sequence": 1 / (2 * len(own)), "token": 1 / 7, "constant": 1 / (2 * 40)}[normalisation]
        loss = loss - advantage * share * (own - own.detach()).exp().sum()
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in other.parameters.values() if p.grad is not None]).norm()
    assert row["loss"] == pytest.approx(loss.item(), abs=1e-6)
    assert row["grad_norm"] == pytest.approx(norm.item(), rel=1e-4)


def test_rollouts_are_answered_by_the_environment(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An untrained model calls nothing and does not end its turns: here each is answered, and many tokens end one."""
    asked: list[list[str]] = []

    def reply(conversation: Any) -> dict[str, str]:
        asked.append([message["role"] for message in conversation])
        return {"role": "tool", "content": "12"}

    monkeypatch.setattr(calculator, "reply", reply)
    monkeypatch.setattr(Ends, "of", lambda *_: Ends((2, *range(20, 80))))
    job = job_of(tmp_path, "direct_rl", **SETTINGS | {"prompt": PROMPT, "max_tokens": 60})
    start = embedded.Start(model_of(model))
    engine = embedded.Engine(start.arch, start.weights)
    engine.push()
    groups = GroupSampler(start, problems(), job.settings).draw(engine, [0, 1], 0)
    completions = [c for group in groups for c in group.completions]
    assert any(c.given for c in completions)
    assert asked[0] == ["user", "assistant"]
    for c in completions:
        assert len(c.token_ids) <= 60
        assert len(c.logprobs) == len(c.token_ids)
        for begin, end in c.given:
            said = start.tokenizer.decode(c.token_ids[begin:end], skip_special_tokens=False)
            assert said == "\n<|im_start|>tool\n12<|im_end|>\n<|im_start|>assistant\n"
    again = GroupSampler(start, problems(), job.settings).draw(engine, [0, 1], 0)
    assert [c for group in again for c in group.completions] == completions
    (tmp_path / "state").mkdir()
    rows = grpo.train(job, model_of(model), problems(), tmp_path / "state", tmp_path / "out")
    assert all(0 < row["reward_tool_success"] <= 1 for row in rows)
    assert job.tokens_out == sum(row["tokens"] for row in rows)
