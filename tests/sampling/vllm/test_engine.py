"""vLLM, for real, against transformers: the same tokens, log-probabilities and choices, whoever shares a batch."""

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel

from gradus.sampling.transformers.chooser import TransformersChoiceEngine
from sampling.vllm.asking import ask_vllm

pytestmark = pytest.mark.slow

STOPS = [2, *range(20, 30)]
TOKENS = 48
LIMITS: list[dict[str, float]] = [{"top_k": 3}, {"min_p": 0.2}, {"top_p": 0.5}]
TOLERANCE = 1e-4
"""Nats, between two implementations of the same float32 arithmetic."""


@pytest.fixture(scope="module", params=["model", "adapter"])
def case(request: pytest.FixtureRequest, vllm_python: str, tmp_path_factory: pytest.TempPathFactory, model: Path):
    """Greedy, sampled, sampled in another order, a part of the sampled, and choices last, by one process for all tests,
    which takes longest to start; and the model in transformers."""
    from transformers import AutoModelForCausalLM

    prompts = request.getfixturevalue("prompts")
    adapter = request.getfixturevalue("adapter") if request.param == "adapter" else None
    decoding = {"max_tokens": TOKENS, "stop_ids": STOPS, "temperature": 0.7}
    drawn = {"decoding": decoding, "logprobs": True}
    seeds = list(range(1000, 1000 + len(prompts)))
    calls = [
        drawn | {"prompts": prompts, "seeds": seeds, "decoding": decoding | {"temperature": 0.0}},
        drawn | {"prompts": prompts, "seeds": seeds},
        drawn | {"prompts": prompts[::-1], "seeds": seeds[::-1]},
        drawn | {"prompts": prompts[3::7], "seeds": seeds[3::7]},
        drawn | {"prompts": prompts[:1] * 20, "seeds": seeds[:20]},
        *(drawn | {"prompts": prompts[:20], "seeds": seeds[:20], "decoding": decoding | limit} for limit in LIMITS),
        {"choices": choices(prompts)},
    ]
    answers = ask_vllm(vllm_python, tmp_path_factory.mktemp("vllm"), model, adapter, calls)
    torch.set_num_threads(1)
    reference = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    if adapter is not None:
        reference = PeftModel.from_pretrained(reference, adapter)
    return prompts, reference, answers


def choices(prompts: list[list[int]]) -> list[tuple[list[int], int, int]]:
    return [(ids, 40 + place, 90 - place) for place, ids in enumerate(prompts[:20])]


@torch.no_grad()
def greedy(reference: Any, prompts: list[list[int]]) -> list[list[int]]:
    """What transformers' `generate` answers, each up to and with the token that ends it."""
    width = max(map(len, prompts))
    ids = torch.tensor([[0] * (width - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    out = reference.generate(
        input_ids=ids, attention_mask=mask, do_sample=False, max_new_tokens=TOKENS, eos_token_id=STOPS, pad_token_id=0
    )
    answers = []
    for row in out[:, width:].tolist():
        end = next((at + 1 for at, token in enumerate(row) if token in STOPS), len(row))
        answers.append(row[:end])
    return answers


@torch.no_grad()
def logprobs(reference: Any, prompt: list[int], answer: list[int], temperature: float) -> torch.Tensor:
    logits = reference(torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 : -1]
    return (logits / temperature).log_softmax(-1).gather(1, torch.tensor(answer)[:, None]).squeeze(1)


def test_greedy_answers_are_those_of_transformers(case) -> None:
    prompts, reference, (answers, *_) = case
    assert [tokens for tokens, _, _ in answers] == greedy(reference, prompts)
    assert len({tuple(tokens) for tokens, _, _ in answers}) > len(prompts) / 2
    stopped = [tokens[-1] in STOPS for tokens, _, _ in answers]
    assert [reason for _, _, reason in answers] == ["stop" if flag else "length" for flag in stopped]
    assert 0 < sum(stopped) < len(prompts)


@pytest.mark.parametrize(("call", "temperature"), [(0, 1.0), (1, 0.7)])
def test_log_probabilities_are_those_of_transformers(case, call: int, temperature: float) -> None:
    prompts, reference, answers = case
    for prompt, (tokens, found, _) in zip(prompts, answers[call], strict=True):
        expected = logprobs(reference, prompt, tokens, temperature)
        torch.testing.assert_close(torch.tensor(found), expected, atol=TOLERANCE, rtol=0)


def test_an_answer_hangs_on_its_seed_and_not_on_its_batch(case) -> None:
    _, _, (_, drawn, backwards, some, one_prompt, *_) = case
    tokens = [tokens for tokens, _, _ in drawn]
    assert [tokens for tokens, _, _ in backwards[::-1]] == tokens
    assert [tokens for tokens, _, _ in some] == tokens[3::7]
    assert one_prompt[0][0] == tokens[0]
    assert len({tuple(tokens) for tokens, _, _ in one_prompt}) > 15


@torch.no_grad()
def test_nothing_is_drawn_beyond_a_limit(case) -> None:
    """How many tokens are likelier than a drawn one, what share of the likeliest it has, what is before it."""
    prompts, reference, answers = case
    for limit, found in zip(LIMITS, answers[-len(LIMITS) - 1 : -1], strict=True):
        drawn = []
        for prompt, (tokens, *_) in zip(prompts[:20], found, strict=True):
            logits = reference(torch.tensor([prompt + tokens])).logits[0, len(prompt) - 1 : -1]
            probs = (logits / 0.7).softmax(-1)
            own = probs.gather(1, torch.tensor(tokens)[:, None])
            likelier = (probs > own * (1 + TOLERANCE)).sum(1)
            before = (probs * (probs > own * (1 + TOLERANCE))).sum(1)
            drawn += zip(likelier.tolist(), (own[:, 0] / probs.amax(1)).tolist(), before.tolist(), strict=True)
        ranks, shares, before = zip(*drawn, strict=True)
        assert len(set(ranks)) > 1  # it is no greedy decoding
        assert max(ranks) < limit.get("top_k", len(probs[0]))
        assert min(shares) >= limit.get("min_p", 0.0) * (1 - TOLERANCE)
        assert max(before) < limit.get("top_p", 1.0) + TOLERANCE


def test_both_choose_alike(case) -> None:
    prompts, reference, (*_, found) = case
    network = reference.get_base_model() if isinstance(reference, PeftModel) else reference
    expected = TransformersChoiceEngine(network).choose(choices(prompts), lambda _count: None)
    assert found == pytest.approx(expected, abs=1e-4)
    assert max(expected) - min(expected) > 0.2  # or a constant would pass
