"""The keys of a `config.json` by one set of names: GPT-2's config has names of its own."""

from typing import Any

GPT2 = "gpt2"
GPT2_NAMES = {
    "n_positions": "max_position_embeddings",
    "n_embd": "hidden_size",
    "n_layer": "num_hidden_layers",
    "n_head": "num_attention_heads",
    "n_inner": "intermediate_size",
}
"""As transformers' GPT2Config maps them, and the width of its MLP, which transformers maps to nothing."""


def decoder_config(config: dict[str, Any]) -> dict[str, Any]:
    """The part of a model's config that is of texts, with the names that Llama's and Qwen's have.

    What GPT-2's leaves out has its default: an MLP four times as wide as the stream, a tied head.
    """
    texts = config.get("text_config") or config  # of a model that also reads pictures
    if texts.get("model_type") != GPT2:
        return texts
    named = {GPT2_NAMES.get(key, key): value for key, value in texts.items()}
    named.setdefault("tie_word_embeddings", True)
    if named.get("intermediate_size") is None and "hidden_size" in named:
        named["intermediate_size"] = 4 * named["hidden_size"]
    return named
