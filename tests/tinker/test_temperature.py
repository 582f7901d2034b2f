"""RL with completions at another temperature than 1, on a real server."""

from pathlib import Path
from typing import Any

import pytest
import tinker
import torch
from serving import NAME, Server
from test_training_loops import RL, job
from tinker import types
from tiny import problems

from gradus.models.qwen3 import hidden_states, token_logprobs
from gradus.models.store import load_model
from gradus.training.groups import Group
from gradus.training.tinker import grpo, rollouts
from gradus.training.tinker.datums import rollout_datums
from model_folders import model_of

pytestmark = pytest.mark.slow
TEMPERATURE = 0.5
CHANGED = {"steps": 2, "temperature": TEMPERATURE, "kl_coef": 0.1, "overlap": 0, "checkpoint_every": 100}


def here(base: Path, prompt: list[int], completion: list[int], temperature: float) -> torch.Tensor:
    """The log-probabilities of a completion under the base model, computed in this process."""
    arch, weights = load_model(base)
    ids = torch.tensor([[*prompt, *completion]])
    states = hidden_states(weights, arch, ids)[0, len(prompt) - 1 : -1]
    return token_logprobs(weights, states, ids[0, len(prompt) :], temperature=temperature)[0]


def train(root: Path, server: Server, base: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], list[Group]]:
    """Rows, and the groups that the first step learned from."""
    seen: list[Group] = []

    def datums(groups: list[Group], *more: Any) -> Any:
        seen.extend(groups if not seen else [])
        return rollout_datums(groups, *more)

    monkeypatch.setattr(grpo, "rollout_datums", datums)
    running = job(root, server, "direct_rl", RL | CHANGED)
    rows = grpo.train(running, model_of(base / "model.safetensors"), problems(), running.state_folder(), root / "rl")
    return [row for row in rows if "loss" in row], seen


def test_this_servers_sampler_returns_log_probabilities_at_temperature_one(server: Server, tiny_base: Path) -> None:
    """What is known of it; the real service's is said to do either, so nothing relies on it."""
    client = tinker.ServiceClient(base_url=server.url).create_sampling_client(base_model=NAME).result()
    wanted = types.SamplingParams(max_tokens=12, temperature=TEMPERATURE, seed=3)
    (sequence,) = client.sample(types.ModelInput.from_ints([5, 6, 7]), 1, wanted).result().sequences
    plain, tempered = (here(tiny_base, [5, 6, 7], sequence.tokens, t) for t in (1.0, TEMPERATURE))
    assert sequence.logprobs == pytest.approx(plain.tolist(), abs=1e-3)
    assert (plain - tempered).abs().max() > 0.1


def test_the_loss_compares_log_probabilities_at_temperature_one(
    server: Server, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the sampler returns with the tokens: here it is told to be off by half a nat, and nothing changes."""
    monkeypatch.setenv("WANDB_MODE", "disabled")
    rows, groups = train(tmp_path / "as it is", server, tiny_base, monkeypatch)
    for group in groups:
        for completion in group.completions:
            plain = here(tiny_base, group.prompt_ids, completion.token_ids, 1.0)
            assert completion.logprobs == pytest.approx(plain.tolist(), abs=1e-3)
    assert abs(rows[0]["kl"]) < 1e-6 < rows[1]["kl"]
    assert [row["clip_share"] for row in rows] == [0, 0]
    completions_of = rollouts.completions_of

    def off(reply: Any) -> Any:
        return [type(c)(c.token_ids, [x - 0.5 for x in c.logprobs], c.finish_reason) for c in completions_of(reply)]

    monkeypatch.setattr(rollouts, "completions_of", off)
    other, _ = train(tmp_path / "off", server, tiny_base, monkeypatch)
    for name in ("loss", "kl", "entropy", "clip_share", "reward"):
        assert [row[name] for row in other] == pytest.approx([row[name] for row in rows], rel=1e-4, abs=1e-6)
