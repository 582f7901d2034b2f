"""The torch backend on several families: log-probabilities are the models' own, and the loops train them."""

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from tiny import job_of, problems, traces
from transformers import AutoModelForCausalLM, PreTrainedModel

from gradus.sampling.protocol import Decoding
from gradus.training.torch import grpo, sft
from gradus.training.torch.module.network import ModuleStart, open_start
from model_folders import model_of
from training.module.families import FAMILIES, save_family

NETWORK = "gradus.training.torch.module.network"
EXAMPLES = [
    ([1, 5, 6, 7, 8, 2], [False, False, True, True, True, True]),
    ([1, 9, 6, 3, 8, 12, 14, 2], [False] * 4 + [True] * 4),
]
TARGETS = {"qwen2": ["q_proj", "o_proj", "down_proj"], "gpt2": ["c_attn", "c_fc"]}
GRPO = {
    "steps": 2,
    "batch_size": 3,
    "group_size": 4,
    "max_tokens": 8,
    "checkpoint_every": 2,
    "rewards": {"random": {"weight": 1.0}},
    "learning_rate": 1e-2,
}


@pytest.fixture(scope="module", params=list(FAMILIES))
def family(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def weights(family: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_family(tmp_path_factory.mktemp(family), family)


def start_of(weights: Path, root: Path, **settings: Any) -> ModuleStart:
    job = job_of(root, "direct_rl", method="full", **settings)
    return open_start(model_of(weights), job.settings, root / "state")


def plain(weights: Path) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(weights.parent, dtype=torch.float32).eval()


def logprobs(model: Any, ids: list[int], temperature: float = 1.0) -> torch.Tensor:
    """Of every token but the first, alone in a batch."""
    logits = model(torch.tensor([ids])).logits[0, :-1] / temperature
    return logits.log_softmax(-1).gather(-1, torch.tensor(ids[1:])[:, None]).squeeze(-1)


def test_log_probabilities_and_their_gradients_are_the_models_own(weights: Path, tmp_path: Path) -> None:
    policy = start_of(weights, tmp_path).policy_of(None)
    found = policy.example_logprobs("trained", EXAMPLES)
    found.sum().backward()
    model = plain(weights)
    expected = torch.cat([logprobs(model, ids)[torch.tensor(learned[1:])] for ids, learned in EXAMPLES])
    expected.sum().backward()
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(policy.parameters[name].grad, parameter.grad, atol=1e-4, rtol=1e-4)


def test_sampled_tokens_have_the_models_log_probabilities_whoever_shares_the_batch(
    weights: Path, tmp_path: Path
) -> None:
    start = start_of(weights, tmp_path)
    engine = start.engine_of(start.policy_of(None), 7)
    engine.push()
    prompts, decoding = [[1, 5, 6, 7]] * 3 + [[1, 9, 6, 3, 8, 12, 14]] * 2, Decoding(12, 0.7, [2, 5, 6, 7, 8, 9])
    drawn = engine.generate(prompts, seeds=[1, 2, 3, 4, 5], decoding=decoding)
    model = plain(weights)
    with torch.no_grad():
        for prompt, completion in zip(prompts, drawn, strict=True):
            own = logprobs(model, [*prompt, *completion.token_ids], 0.7)[len(prompt) - 1 :]
            torch.testing.assert_close(torch.tensor(completion.logprobs), own, atol=1e-5, rtol=0)
            ended = completion.token_ids[-1] in decoding.stop_ids
            assert completion.finish_reason == ("stop" if ended else "length")
            assert not set(completion.token_ids[:-1]) & set(decoding.stop_ids)
            assert ended or len(completion.token_ids) == 12
    alone = [engine.generate([prompts[i]], seeds=[i + 1], decoding=decoding)[0] for i in range(5)]
    assert [c.token_ids for c in alone] == [c.token_ids for c in drawn]


@pytest.mark.parametrize("method", ["full", "lora"])
def test_the_loops_train_and_leave_a_model_that_loads(family: str, weights: Path, method: str, tmp_path: Path) -> None:
    lora = {"rank": 4, "alpha": 8.0, "dropout": 0.0, "targets": TARGETS.get(family, "all-linear")}
    for stage, module, name in (("grpo", grpo, "direct_rl"), ("sft", sft, "sft_custom")):
        root = tmp_path / stage
        changed = GRPO if stage == "grpo" else {"epochs": 2, "batch_size": 4, "learning_rate": 1e-2}
        job = job_of(root, name, method=method, lora=lora, **changed)
        job.modules = (f"gradus.training.torch.{stage}", NETWORK)
        (root / "state").mkdir()
        data = problems() if stage == "grpo" else traces()
        rows = module.train(job, model_of(weights), data, root / "state", root / "out")
        if stage == "sft":
            losses = [row["loss"] for row in rows if "loss" in row]
            assert losses[-1] < losses[0]
        else:
            assert rows[0]["kl"] == pytest.approx(0, abs=1e-6)
            assert rows[1]["kl"] > 0
            assert rows[0]["clip_share"] == 0
        model = plain(weights)
        before = logprobs(model, EXAMPLES[1][0]).detach()
        trained = PeftModel.from_pretrained(model, root / "out") if method == "lora" else plain(root / "out/x")
        assert not torch.allclose(logprobs(trained, EXAMPLES[1][0]), before, atol=1e-3)
