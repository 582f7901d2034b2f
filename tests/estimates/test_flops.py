"""Counted operations beside those that torch counts on a model."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoModelForCausalLM, Qwen3Config

from gradus.estimates.flops import Work, forward_flops, peak_flops, training_flops
from gradus.estimates.shape import Shape

CONFIG = {
    "vocab_size": 96,
    "hidden_size": 64,
    "intermediate_size": 160,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 24,
    "tie_word_embeddings": True,
}
SHAPE = Shape.from_config(CONFIG | {"model_type": "qwen3"})
WORK = Work(tokens=2 * 10, predicted=2 * 10, context=10)
"""Of two rows; plain attention multiplies what the mask hides too."""


@pytest.mark.parametrize("rank", [0, 8])
def test_counts_are_torchs(rank: int) -> None:
    model = AutoModelForCausalLM.from_config(Qwen3Config(**CONFIG), attn_implementation="eager")
    targets = ["q_proj", "down_proj"]
    if rank:
        model = get_peft_model(model, LoraConfig(r=rank, target_modules=targets))
    with FlopCounterMode(display=False) as forward:
        logits = model(torch.arange(20).view(2, 10)).logits
    with FlopCounterMode(display=False) as back:
        logits.sum().backward()
    counted = forward.get_total_flops(), forward.get_total_flops() + back.get_total_flops()
    own = 2 * SHAPE.adapter(rank, targets if rank else []) * WORK.tokens
    # RoPE's angles are a product too; with an adapter nothing before the first layer needs a gradient.
    assert counted[0] == pytest.approx(forward_flops(SHAPE, WORK) + own, rel=1e-3)
    assert counted[1] == pytest.approx(training_flops(SHAPE, WORK, rank, targets), rel=0.04 if rank else 1e-3)


def test_the_peak_of_a_device_is_known_by_its_name() -> None:
    assert peak_flops("NVIDIA H100 80GB HBM3") == 989e12
    assert peak_flops("some CPU") is None
