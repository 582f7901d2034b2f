"""Prompts are read once each, several at a time, when the first request of theirs is next.

Shape suffixes: P prompts, T positions.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel
from transformers.cache_utils import Cache, LinearAttentionLayer

from gradus.sampling.transformers.cache import Grown, growing_layers

PREFILL_TOKENS = 4096
"""Prompts are read together up to so many tokens, padding included."""


@dataclass(frozen=True)
class Ready:
    """A request whose prompt is read up to its last token, which opens the answer."""

    request: int
    prompt: tuple[int, ...]
    layers: list[Grown]
    row: int


def read(model: PreTrainedModel, prompts: Sequence[Sequence[int]]) -> list[Grown]:
    """The layers of a cache after these prompts, one a row, padded behind."""
    width = max(map(len, prompts))
    ids_P_T = torch.tensor([[*prompt, *[0] * (width - len(prompt))] for prompt in prompts], device=model.device)
    layers = growing_layers(model)
    assert layers is not None  # or the engine had chosen another way
    # What is behind a prompt is seen by nothing that is kept; the logits are not asked for.
    positions_P_T = torch.arange(width, device=model.device).expand(len(prompts), -1)
    model(
        input_ids=ids_P_T,
        attention_mask=torch.ones_like(ids_P_T),
        position_ids=positions_P_T,
        past_key_values=Cache(layers=list(layers)),
        use_cache=True,
        logits_to_keep=1,
    )
    return layers


def read_requests(model: PreTrainedModel, prompts: Sequence[Sequence[int]], like: Sequence[Grown]) -> Iterator[Ready]:
    """All requests, those of equal prompts one after the other, short prompts first, so that little is padding."""
    requests_of: dict[tuple[int, ...], list[int]] = {}
    for request, prompt in enumerate(prompts):
        requests_of.setdefault(tuple(prompt), []).append(request)
    # A state goes on through what is behind a prompt: nothing may be there.
    together = not any(isinstance(layer, LinearAttentionLayer) for layer in like)
    waiting = deque(sorted(requests_of, key=lambda prompt: (len(prompt), prompt)))
    while waiting:
        chunk = [waiting.popleft()]
        while (
            waiting
            and (len(chunk) + 1) * len(waiting[0]) <= PREFILL_TOKENS
            and (together or len(waiting[0]) == len(chunk[0]))
        ):
            chunk.append(waiting.popleft())
        known = [prompt[:-1] for prompt in chunk]
        layers = read(model, known) if known[-1] else list(like)
        for row, prompt in enumerate(chunk):
            for request in requests_of[prompt]:
                yield Ready(request, prompt, layers, row)
