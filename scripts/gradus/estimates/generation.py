"""What writing completions takes beside the model: the cache of keys and values, and what a step works with."""

from dataclasses import dataclass
from typing import Literal

from gradus.estimates.shape import Shape

VLLM_WORKING = 2_000_000_000
"""An assumption: what vLLM's own forward pass and graphs need beside weights and cache."""

PREFILL_TOKENS = 4096
"""Prompts that are read together into a cache of fixed length (sampling.transformers.reading)."""

DRAWING = 20
"""Bytes of a logit while a token is drawn: float32, as probabilities, and their sums in float64."""


@dataclass(frozen=True)
class Generation:
    """How completions are drawn: `rows` at once of at most `length` tokens, prompt included."""

    holder: Literal["model", "share", "server"]
    """Who has the weights and the cache: the model that trains, an engine with a share of the GPU, or one elsewhere."""
    rows: int
    length: int
    prompt: int = 0
    """How many of `length` are read at once at the beginning."""
    share: float = 0.0
    """Of the GPU's memory, for vLLM."""
    stays: bool = True
    """vLLM keeps its memory while the model trains."""
    ahead: bool = False
    """They are drawn while the model trains: by a copy of what is trained, where the model draws them."""
    group: int = 1
    """Rows that have a prompt in common, which is read once."""
    static: bool = False
    """The cache is made at its full length, of the numbers that are computed in, and weights are copied for it where
    they are others: the `transformers` engine. That of transformers' `generate` grows, in the numbers of the weights.
    """


def generation_bytes(shape: Shape, generation: Generation, value_bytes: int, device_bytes: int) -> int:
    """What rollouts take beside the model that trains: vLLM its share, with a copy of the weights in it; a server
    nothing here; transformers the cache, of so many bytes a value, and its working set."""
    if generation.holder == "share":
        return round(generation.share * device_bytes)
    if generation.holder == "server":
        return 0
    growing = _static if generation.static else _growing
    return growing(shape, generation, value_bytes)


def _growing(shape: Shape, generation: Generation, value_bytes: int) -> int:
    """The cache of all rows; the last tokens' logits in float32, sorted and as probabilities; and at the end one layer
    of the cache anew, or at the beginning, beside that of the prompts, about four times the MLP's width.

    Measured on an H100 with 64 rows of 512 tokens of Qwen3-4B in bfloat16: 5.1 GB, as this says.
    """
    cache = generation.rows * _kept(shape, generation.length, value_bytes)
    prompts = generation.rows * generation.prompt
    reading = prompts * (shape.cache_values + 4 * shape.inner) * value_bytes
    return max(reading, cache + cache // shape.layers) + generation.rows * shape.vocabulary * 3 * 4


def _static(shape: Shape, generation: Generation, value_bytes: int) -> int:
    """The slots of all rows, and at any time a part of the prompts as they were read, with keys that rotation leaves in
    float32; beside them a step's logits, or the MLP's width while prompts are read."""
    cache = generation.rows * _kept(shape, generation.length, value_bytes)
    prompts = min(max(generation.prompt, PREFILL_TOKENS), -(-generation.rows // generation.group) * generation.prompt)
    reading = prompts * 4 * shape.inner * value_bytes
    drawing = generation.rows * shape.vocabulary * DRAWING
    return cache + prompts * shape.cache_values * 4 + max(reading, drawing)


def share_needed(shape: Shape, length: int) -> int:
    """The least bytes that vLLM works with: weights in bfloat16, the cache of one text, and room to compute."""
    return 2 * shape.parameters + _kept(shape, length, 2) + VLLM_WORKING


def _kept(shape: Shape, length: int, value_bytes: int) -> int:
    """Of a text: keys and values, and in float32 the states of linear attention."""
    return length * shape.cache_values * value_bytes + 4 * shape.state_values
