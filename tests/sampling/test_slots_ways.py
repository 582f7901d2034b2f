"""By which way a model decodes: what is proved of a kernel and of a recording, and what is done without them."""

from collections.abc import Callable

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from gradus.sampling.protocol import Decoding
from gradus.sampling.transformers import engine
from gradus.sampling.transformers.engine import TransformersEngine
from gradus.sampling.transformers.steps import Steps
from sampling.slot_models import STOPS, SetPace, in_slots, own_logprobs, qwen, set_pace, some_prompts

__all__ = ["qwen", "set_pace"]


def flash(
    query_B_H_D: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    query_begins: torch.Tensor,
    key_begins: torch.Tensor,
    lengths_B: torch.Tensor,
    room: int,
    scale: float,
) -> torch.Tensor:
    """What the kernel of GPUs does, row by row."""
    assert keys._base is not None  # nothing was copied
    assert query_begins.tolist() == list(range(len(query_B_H_D) + 1))
    assert lengths_B.dtype == key_begins.dtype == torch.int32
    rows = []
    for row, query in enumerate(query_B_H_D):
        seen = slice(int(key_begins[row]), int(key_begins[row]) + int(lengths_B[row]))
        assert seen.stop <= int(key_begins[row + 1]) <= len(keys)
        k, v = keys[seen].transpose(0, 1), values[seen].transpose(0, 1)
        rows.append(scaled_dot_product_attention(query[:, None], k, v, scale=scale, enable_gqa=True)[:, 0])
    return torch.stack(rows)


def test_where_the_flash_kernel_is_each_row_reads_its_own_keys(
    qwen: PreTrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts, decoding = some_prompts(8), Decoding(20, 1.0, STOPS)
    expected = in_slots(qwen, prompts, decoding)
    monkeypatch.setattr(engine, "reads_by_length", lambda *_: True)
    monkeypatch.setattr("gradus.sampling.transformers.attention.flash", flash)
    found = TransformersEngine(qwen)
    completions = found.generate(prompts, seeds=range(len(prompts)), decoding=decoding)
    assert found.way == "by length"
    for ours, theirs in zip(completions, expected, strict=True):
        assert ours.token_ids == theirs.token_ids
        assert ours.logprobs == pytest.approx(theirs.logprobs, abs=1e-5)


def wrong(*arguments: torch.Tensor) -> torch.Tensor:
    return torch.zeros_like(arguments[0])


def failing(*_: object) -> torch.Tensor:
    raise RuntimeError("no such kernel")


@pytest.mark.parametrize("kernel", [wrong, failing])
def test_where_the_kernel_is_not_what_it_should_be_attention_takes_masks(
    kernel: Callable[..., torch.Tensor], qwen: PreTrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "reads_by_length", lambda *_: True)
    monkeypatch.setattr("gradus.sampling.transformers.attention.flash", kernel)
    in_slots(qwen, [[3, 4]], Decoding(2, 1.0, []))


OTHERS = {
    # Sinks in the softmax that the interface of attention does not tell of: the proof finds out.
    "gpt_oss": {
        "hidden_size": 32,
        "intermediate_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "num_local_experts": 2,
        "num_experts_per_tok": 1,
    },
    # Its attention cannot be replaced.
    "gptj": {"n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4},
}


@pytest.mark.parametrize("family", OTHERS)
def test_a_model_that_cannot_decode_in_slots_decodes_in_batches(
    family: str, caplog: pytest.LogCaptureFixture, set_pace: SetPace
) -> None:
    torch.manual_seed(0)
    ids = {"vocab_size": 64, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **OTHERS[family] | ids)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.2)
    set_pace(rows=3)
    prompts = some_prompts(5, count=4)
    found = TransformersEngine(model)
    completions = found.generate(prompts, seeds=range(len(prompts)), decoding=Decoding(8, 1.0, [2]))
    assert found.way == "in batches"
    assert "wait for their longest answer" in caplog.text
    for prompt, completion in zip(prompts, completions, strict=True):
        own = own_logprobs(model, prompt, completion.token_ids, 1.0)
        assert completion.logprobs == pytest.approx(own, abs=1e-4)


@pytest.mark.skipif(torch.cuda.is_available(), reason="recording fails only where there is no GPU")
def test_decoding_goes_on_where_a_step_cannot_be_recorded(
    qwen: PreTrainedModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    prompts, decoding = some_prompts(6), Decoding(12, 1.0, STOPS)
    expected = in_slots(qwen, prompts, decoding)
    made = Steps.__init__

    def recording(self: Steps, *arguments: object) -> None:
        made(self, *arguments)
        self._records = True

    monkeypatch.setattr(Steps, "__init__", recording)
    assert in_slots(qwen, prompts, decoding) == expected
    assert caplog.text.count("without CUDA graphs") == 1
