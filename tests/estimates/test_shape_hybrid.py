"""The shape of Qwen3.5, whose layers are of two kinds, from its own config."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from transformers import Qwen3_5Config, Qwen3_5ForCausalLM, Qwen3_5TextConfig

from gradus.estimates.flops import Work, forward_flops
from gradus.estimates.generation import Generation, generation_bytes
from gradus.estimates.known import KNOWN
from gradus.estimates.shape import Shape

TEXTS: dict[str, dict[str, Any]] = {
    "4B": {"hidden_size": 2560, "intermediate_size": 9216, "num_hidden_layers": 32, "num_attention_heads": 16},
    "9B": {"hidden_size": 4096, "intermediate_size": 12288, "num_hidden_layers": 32, "num_attention_heads": 16},
    "27B": {"hidden_size": 5120, "intermediate_size": 17408, "num_hidden_layers": 64, "num_attention_heads": 24},
}
VALUE_HEADS = {"4B": 32, "9B": 32, "27B": 48}
TINKERS = ("q_proj", "k_proj", "v_proj", "o_proj", "in_proj_z", "out_proj")
"""What Tinker adapts of attention, besides the parts of in_proj_qkv."""

COOKBOOK = {"4B": (897_024, 1_130_496), "9B": (1_130_496, 1_572_864), "27B": (2_965_504, 4_325_376)}
"""Parameters of adapters a rank, of attention and MLPs: tinker_cookbook/hyperparam_utils.py (0.6.1)."""


def config_of(size: str) -> Qwen3_5TextConfig:
    return Qwen3_5TextConfig(
        **TEXTS[size],
        num_key_value_heads=4,
        head_dim=256,
        vocab_size=248_320,
        linear_num_value_heads=VALUE_HEADS[size],
        tie_word_embeddings=size == "4B",
    )


@pytest.mark.parametrize("size", TEXTS)
def test_the_known_shapes_are_those_of_the_configs_and_of_transformers(size: str) -> None:
    config = config_of(size)
    shape = Shape.from_config(config.to_dict())
    assert shape == KNOWN[f"Qwen/Qwen3.5-{size}"]
    with torch.device("meta"):
        model = Qwen3_5ForCausalLM(config)
    assert shape.parameters == sum(p.numel() for p in model.parameters())
    assert shape.linear is not None
    assert (shape.attending, shape.linear.layers) == (shape.layers // 4, shape.layers * 3 // 4)


@pytest.mark.parametrize("size", TEXTS)
def test_adapters_are_as_large_as_the_cookbook_says(size: str) -> None:
    shape = KNOWN[f"Qwen/Qwen3.5-{size}"]
    assert shape.linear is not None
    parts = (shape.linear.keys, shape.linear.keys, shape.linear.values)
    attention = shape.adapter(1, TINKERS) + shape.linear.layers * sum(shape.hidden + outputs for outputs in parts)
    assert (attention, shape.adapter(1, ("gate_proj", "up_proj", "down_proj"))) == COOKBOOK[size]


def test_a_config_with_pictures_has_it_below_text_config() -> None:
    whole = Qwen3_5Config(text_config=config_of("4B").to_dict(), tie_word_embeddings=True).to_dict()
    assert Shape.from_config(whole) == KNOWN["Qwen/Qwen3.5-4B"]
    del whole["text_config"]["layer_types"], whole["text_config"]["tie_word_embeddings"]
    assert (
        Shape.from_config(whole | {"text_config": whole["text_config"] | {"full_attention_interval": 4}})
        == (KNOWN["Qwen/Qwen3.5-4B"])
    )


def test_keys_and_values_are_kept_by_the_layers_that_attend_and_a_state_by_the_others() -> None:
    shape = KNOWN["Qwen/Qwen3.5-4B"]
    assert shape.cache_values == 2 * 8 * 4 * 256
    assert shape.state_values == 24 * (32 * 128 * 128 + 4 * (2048 + 2048 + 4096))
    short, long = (
        generation_bytes(shape, Generation("model", 1, length, static=True), 2, 0) for length in (1000, 3000)
    )
    assert long - short == 2000 * shape.cache_values * 2  # the state is as large for any length
    one, two = (forward_flops(shape, Work(1, 0, context)) for context in (1000, 2000))
    assert two - one == 4 * 8 * shape.queries * 1000
    assert forward_flops(shape, Work(1, 0, 0)) - 2 * shape.matrices == 6 * 24 * 4096 * 128


def test_other_shapes_are_as_they_were() -> None:
    shape = KNOWN["Qwen/Qwen3-4B"]
    assert (shape.parameters, shape.cache_values, shape.state_values) == (4_022_468_096, 73_728, 0)
    assert replace(shape, linear=None) == shape
