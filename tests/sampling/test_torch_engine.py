import dataclasses

import pytest
import torch

from gradus.models.architecture import Architecture
from gradus.models.qwen3 import completion_hidden, hidden_states, init_weights, logits, token_logprobs
from gradus.models.store import save_model
from gradus.provenance.errors import GradusError
from gradus.sampling.protocol import Decoding
from gradus.sampling.torch.engine import generate

ARCH = Architecture(
    vocab_size=90,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=16,
    max_position_embeddings=96,
    eos_token_id=2,
    pad_token_id=0,
)
WEIGHTS = init_weights(ARCH, seed=3, std=0.25)
# A tenth of the vocabulary stops, so that answers end at many lengths.
STOPS = list(range(2, 11))


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def random_prompts(count: int, longest: int = 20) -> list[list[int]]:
    generator = torch.Generator().manual_seed(count)
    lengths = torch.randint(1, longest + 1, (count,), generator=generator).tolist()
    return [torch.randint(11, ARCH.vocab_size, (length,), generator=generator).tolist() for length in lengths]


DECODING = Decoding(max_tokens=24, temperature=1.0, stop_ids=STOPS)


def run(prompts, *, weights=WEIGHTS, arch=ARCH, seeds=None, batch_size=256, on_progress=None, **decoding):
    seeds = list(range(len(prompts))) if seeds is None else seeds
    how = {"seeds": seeds, "decoding": dataclasses.replace(DECODING, **decoding)}
    return generate(weights, arch, prompts, **how, batch_size=batch_size, on_progress=on_progress)


def greedy_by_hand(arch, weights, prompt, max_tokens):
    """No cache, no batch: the whole row again for every token."""
    row = list(prompt)
    while len(row) - len(prompt) < max_tokens:
        row.append(int(logits(weights, hidden_states(weights, arch, torch.tensor([row])))[0, -1].argmax()))
        if row[-1] in STOPS:
            break
    return row[len(prompt) :]


@pytest.mark.parametrize("key_value_heads", [1, 2, 4])
def test_greedy_equals_the_plain_model(key_value_heads):
    arch = dataclasses.replace(ARCH, num_key_value_heads=key_value_heads)
    weights = init_weights(arch, seed=4, std=0.25)
    prompts = random_prompts(20)
    found = run(prompts, weights=weights, arch=arch, temperature=0.0, batch_size=7)
    assert [c.token_ids for c in found] == [greedy_by_hand(arch, weights, prompt, 24) for prompt in prompts]
    assert len({len(c.token_ids) for c in found}) > 5


def test_greedy_equals_transformers(tmp_path):
    from transformers import AutoModelForCausalLM

    save_model(tmp_path, ARCH, WEIGHTS)
    model = AutoModelForCausalLM.from_pretrained(tmp_path)
    prompts = random_prompts(12)
    found = run(prompts, temperature=0.0)
    for prompt, completion in zip(prompts, found, strict=True):
        ids = torch.tensor([prompt])
        expected = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=24,
            do_sample=False,
            eos_token_id=STOPS,
            pad_token_id=0,
        )
        assert completion.token_ids == expected[0, len(prompt) :].tolist()


@pytest.mark.parametrize("temperature", [0.0, 1.0, 0.6])
def test_batch_size_does_not_change_the_answers(temperature):
    prompts = random_prompts(70)
    small, large, alone = (run(prompts, temperature=temperature, batch_size=size) for size in (4, 64, 1))
    for one, two, three in zip(small, large, alone, strict=True):
        assert one.token_ids == two.token_ids == three.token_ids
        assert one.finish_reason == two.finish_reason == three.finish_reason
        assert one.logprobs == pytest.approx(two.logprobs, abs=1e-5)


def test_a_request_does_not_depend_on_its_company():
    prompts = random_prompts(30)
    together = run(prompts)
    for index in (0, 7, 29):
        alone = run([prompts[index]], seeds=[index])
        assert alone[0].token_ids == together[index].token_ids


def test_same_call_same_answers_and_seeds_matter():
    prompts = [random_prompts(1)[0]] * 40
    assert run(prompts) == run(prompts)
    assert len({tuple(c.token_ids) for c in run(prompts)}) > 20
    assert run(prompts, seeds=[5] * 40)[0] == run(prompts, seeds=[5] * 40)[39]


def test_order_is_kept_when_equal_prompts_are_apart():
    first, second = random_prompts(2)
    mixed = run([first, second, first, second], seeds=[1, 2, 3, 4])
    sorted_ = run([first, first, second, second], seeds=[1, 3, 2, 4])
    assert [mixed[i].token_ids for i in (0, 2, 1, 3)] == [c.token_ids for c in sorted_]


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_logprobs_are_those_of_training(temperature):
    """What the sampler reports is what the loss computes for the same tokens: the ratio of a first update is 1."""
    prompts = random_prompts(6)
    found = run(prompts, temperature=temperature)
    width = max(len(c.token_ids) for c in found)
    completions = torch.tensor([c.token_ids + [0] * (width - len(c.token_ids)) for c in found])
    prompt_width = max(map(len, prompts))
    padded = torch.tensor([prompt + [0] * (prompt_width - len(prompt)) for prompt in prompts])
    lengths = torch.tensor([len(prompt) for prompt in prompts])
    hidden = completion_hidden(WEIGHTS, ARCH, padded, lengths, completions, torch.arange(6))
    mask = torch.tensor([[t < len(c.token_ids) for t in range(width)] for c in found])
    expected, _ = token_logprobs(WEIGHTS, hidden[mask], completions[mask], temperature=temperature)
    assert [x for c in found for x in c.logprobs] == pytest.approx(expected.tolist(), abs=1e-4)


def test_finish_reasons():
    for completion in run(random_prompts(60), max_tokens=8):
        stops = [token in STOPS for token in completion.token_ids]
        assert len(completion.logprobs) == len(completion.token_ids)
        assert not any(stops[:-1])
        assert completion.finish_reason == ("stop" if stops[-1] else "length")
        assert completion.finish_reason == "stop" or len(completion.token_ids) == 8


def test_one_token_and_one_request():
    (completion,) = run([[17]], max_tokens=1, temperature=0.0, stop_ids=[])
    assert completion.token_ids == greedy_by_hand(ARCH, WEIGHTS, [17], 1)
    assert completion.finish_reason == "length"


def test_prompts_of_one_token_beside_long_ones():
    prompts = [[17], [18], list(range(11, 60)), [19]]
    found = run(prompts, temperature=0.0, batch_size=2)
    assert [c.token_ids for c in found] == [greedy_by_hand(ARCH, WEIGHTS, prompt, 24) for prompt in prompts]


def test_the_last_position_ends_an_answer():
    (completion,) = run([list(range(11, 89))], max_tokens=50, stop_ids=[])
    assert (len(completion.token_ids), completion.finish_reason) == (96 - 78, "length")


def test_top_p_keeps_to_the_likeliest():
    """With a tiny top-p only the likeliest token is left."""
    prompts = random_prompts(10)
    greedy, nucleus = run(prompts, temperature=0.0), run(prompts, top_p=1e-6)
    assert [c.token_ids for c in greedy] == [c.token_ids for c in nucleus]


def test_progress_counts_every_request():
    told = []
    completions = run(random_prompts(30), batch_size=8, on_progress=lambda *counts: told.append(counts))
    assert sum(answers for answers, _ in told) == 30
    assert sum(tokens for _, tokens in told) == sum(len(c.token_ids) for c in completions)


def test_no_prompts():
    assert run([]) == []


def test_errors():
    with pytest.raises(GradusError, match="prompt 1 has 0 tokens"):
        run([[11], []])
    with pytest.raises(GradusError, match="prompt 0 has 96 tokens"):
        run([[11] * 96])
    with pytest.raises(GradusError, match="2 prompts and 1 seeds"):
        run([[11], [12]], seeds=[1])
    with pytest.raises(GradusError, match="max_tokens is 0"):
        run([[11]], max_tokens=0)
