"""Decoding in slots of a static cache: the tokens of decoding in batches and of `generate`, for every family."""

import random
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, PreTrainedModel

from gradus.sampling.protocol import Decoding
from gradus.sampling.transformers import engine, growing
from gradus.sampling.transformers.cache import SlotCache
from gradus.sampling.transformers.engine import TransformersEngine
from gradus.sampling.transformers.pace import Pace
from gradus.sampling.transformers.reading import read
from sampling.slot_models import POSITIONS, STOPS, SetPace, in_slots, own_logprobs, plain, qwen, set_pace, some_prompts
from training.module.families import FAMILIES, save_family

__all__ = ["qwen", "set_pace"]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_writes_in_slots_what_it_writes_in_batches_and_by_generate(
    family: str, tmp_path: Path, set_pace: SetPace
) -> None:
    save_family(tmp_path, family)
    model, prompts = plain(tmp_path), some_prompts(1)
    set_pace(rows=4)
    # Windows of 16 tokens are passed.
    for decoding in (Decoding(24, 0.0, STOPS), Decoding(24, 0.8, STOPS, top_p=0.95, top_k=40, min_p=0.01)):
        found = in_slots(model, prompts, decoding)
        with torch.no_grad():
            batches = growing.generate(model, prompts, range(len(prompts)), decoding, POSITIONS, lambda *_: None)
        for ours, theirs in zip(found, batches, strict=True):
            assert ours.token_ids == theirs.token_ids
            assert ours.finish_reason == theirs.finish_reason
            assert ours.logprobs == pytest.approx(theirs.logprobs, abs=1e-5)
    for prompt, completion in list(zip(prompts, in_slots(model, prompts, Decoding(24, 0.0, STOPS)), strict=True))[:4]:
        ids = torch.tensor([prompt])
        expected = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, eos_token_id=STOPS, do_sample=False
        )
        assert completion.token_ids == expected[0, len(prompt) :].tolist()


@settings(max_examples=12)
@given(rows=st.integers(1, 20), steps=st.integers(1, 9), order=st.randoms(use_true_random=False))
def test_a_request_writes_the_same_whatever_the_order_the_slots_and_the_steps_between_looks(
    rows: int, steps: int, order: random.Random, qwen: PreTrainedModel
) -> None:
    prompts, decoding = some_prompts(2), Decoding(20, 1.0, STOPS)
    expected = in_slots(qwen, prompts, decoding)
    places = list(range(len(prompts)))
    order.shuffle(places)
    progress: list[tuple[int, int]] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gradus.sampling.transformers.pace.CPU", Pace(rows, steps, 8))
        found = TransformersEngine(qwen).generate(
            [prompts[place] for place in places],
            seeds=places,
            decoding=decoding,
            on_progress=lambda *counts: progress.append(counts),
        )
    assert [completion.token_ids for completion in found] == [expected[place].token_ids for place in places]
    for place, completion in zip(places, found, strict=True):
        assert completion.logprobs == pytest.approx(expected[place].logprobs, abs=1e-5)
        assert completion.finish_reason == expected[place].finish_reason
    assert [sum(column) for column in zip(*progress, strict=True)] == [
        len(prompts),
        sum(len(completion.token_ids) for completion in found),
    ]


@pytest.mark.parametrize("steps", [1, 8])
def test_answers_end_at_the_last_position_and_at_the_first_token(
    steps: int, qwen: PreTrainedModel, set_pace: SetPace
) -> None:
    set_pace(rows=2, steps=steps)
    full, nearly, short = [5] * (POSITIONS - 1), [6] * (POSITIONS - 3), [7, 8]
    found = in_slots(qwen, [full, nearly, short], Decoding(30, 1.0, []))
    assert [len(completion.token_ids) for completion in found] == [1, 3, 30]
    assert {completion.finish_reason for completion in found} == {"length"}
    for prompt, completion in zip([full, nearly, short], found, strict=True):
        own = own_logprobs(qwen, prompt, completion.token_ids, 1.0)
        assert completion.logprobs == pytest.approx(own, abs=1e-5)
    every = range(qwen.config.vocab_size)
    stopped = in_slots(qwen, [full, short, short, short], Decoding(30, 1.0, every))
    assert [(len(completion.token_ids), completion.finish_reason) for completion in stopped] == [(1, "stop")] * 4
    assert TransformersEngine(qwen).generate([], seeds=[], decoding=Decoding(30, 1.0, [])) == []


@pytest.mark.parametrize("implementation", ["eager", "sdpa"])
def test_scores_have_a_soft_cap_where_the_models_other_passes_have_it(implementation: str, tmp_path: Path) -> None:
    save_family(tmp_path, "gemma2")
    model = AutoModelForCausalLM.from_pretrained(
        tmp_path, dtype=torch.float32, attn_implementation=implementation, attn_logit_softcapping=0.1
    ).eval()
    prompts = some_prompts(7)
    for prompt, completion in zip(prompts, in_slots(model, prompts, Decoding(12, 1.0, STOPS)), strict=True):
        own = own_logprobs(model, prompt, completion.token_ids, 1.0)
        assert completion.logprobs == pytest.approx(own, abs=1e-5)


def test_equal_prompts_are_read_once(qwen: PreTrainedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    read_rows: list[int] = []

    def counted(model: PreTrainedModel, prompts: list[tuple[int, ...]]) -> object:
        read_rows.append(len(prompts))
        return read(model, prompts)

    monkeypatch.setattr("gradus.sampling.transformers.reading.read", counted)
    in_slots(qwen, [[4, 5, 6]] * 5 + [[7, 8]] * 5, Decoding(4, 1.0, []))
    assert read_rows == [2]


def test_an_active_adapter_counts(tmp_path: Path) -> None:
    save_family(tmp_path, "qwen3")
    prompts, decoding = some_prompts(3), Decoding(12, 1.0, STOPS)
    without = in_slots(plain(tmp_path), prompts, decoding)
    adapted = get_peft_model(
        plain(tmp_path), LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
    ).eval()
    found = in_slots(adapted.get_base_model(), prompts, decoding)
    assert [completion.token_ids for completion in found] != [completion.token_ids for completion in without]
    for prompt, completion in zip(prompts, found, strict=True):
        own = own_logprobs(adapted, prompt, completion.token_ids, 1.0)
        assert completion.logprobs == pytest.approx(own, abs=1e-5)


def test_under_autocast_keys_and_values_are_kept_as_attention_computes(qwen: PreTrainedModel) -> None:
    prompts = some_prompts(4)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        cache = SlotCache(read(qwen, prompts[:1]), 2, 32, engine.computed_dtype(qwen))
        assert {layer.keys.dtype for layer in cache.layers} == {torch.bfloat16}
        found = in_slots(qwen, prompts, Decoding(12, 1.0, STOPS))
        for prompt, completion in zip(prompts, found, strict=True):
            own = own_logprobs(qwen, prompt, completion.token_ids, 1.0)
            assert completion.logprobs == pytest.approx(own, abs=0.1)


@pytest.mark.parametrize("family", ["qwen2", "qwen3_5_text"])
def test_bytes_of_a_slot_are_those_that_it_takes(family: str, tmp_path: Path) -> None:
    save_family(tmp_path, family)
    model = plain(tmp_path)
    with torch.no_grad():
        like = read(model, [[3, 4]])
    taken = []
    for slots in (1, 5):
        cache = SlotCache(like, slots, 64, None)
        cache.show(torch.zeros(slots, dtype=torch.long), 64)
        tensors = []
        for layer in cache.layers:
            states = [getattr(layer, name, {}).values() for name in ("conv_states", "recurrent_states")]
            tensors += [*states[0], *states[1]] if hasattr(layer, "conv_states") else [layer.keys, layer.values]
        taken.append(sum(tensor.nbytes for tensor in tensors))
    assert taken == [SlotCache.slot_bytes(like, 64, None), 5 * SlotCache.slot_bytes(like, 64, None)]
