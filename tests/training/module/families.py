"""Tiny untrained models of several families, with one tokenizer, as model folders."""

from pathlib import Path

import torch
from tiny import save_tiny_model
from transformers import AutoConfig, AutoModelForCausalLM

from gradus.models.describe import write_manifest

SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 512,
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
FAMILIES = {
    "qwen2": SHAPE | {"tie_word_embeddings": False},
    "qwen3": SHAPE | {"tie_word_embeddings": True},
    "qwen3_5_text": SHAPE
    | {
        "layer_types": ["linear_attention", "full_attention"],
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 4,
        "linear_key_head_dim": 8,
        "linear_value_head_dim": 8,
    },
    "llama": SHAPE | {"tie_word_embeddings": True, "rope_parameters": LLAMA3},
    "gemma2": SHAPE | {"sliding_window": 16, "query_pre_attn_scalar": 8},
    "gemma3_text": SHAPE | {"sliding_window": 16, "query_pre_attn_scalar": 8},
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512},
}


def save_family(folder: Path, family: str) -> Path:
    """A model of the family with random weights, in the tokenizer of the tiny model; returns its weight file."""
    weights = save_tiny_model(folder)
    vocabulary = AutoConfig.from_pretrained(folder).vocab_size
    ends = {"vocab_size": vocabulary, "eos_token_id": 2, "pad_token_id": 0, "bos_token_id": 1}
    config = AutoConfig.for_model(family, **FAMILIES[family] | ends)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.add_(torch.randn(parameter.shape) * (0.02 if "norm" in name else 0.1))
    model.save_pretrained(folder)
    write_manifest(folder)
    return weights
