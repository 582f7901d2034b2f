"""Batched generation on one CPU thread: a key/value cache, and a batch in which no row ever waits for another.

Differences from `transformers.generate`: a finished request leaves at once and its slot goes to the next one (or the
batch shrinks when none waits); equal prompts run once; nothing is padded; every request draws from its own seed.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gradus.models.architecture import Architecture
from gradus.models.ops import normalize, turn
from gradus.models.qwen3 import Layer, Weights, fold, rope_tables
from gradus.sampling.checks import check_requests
from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.slots import Slots
from gradus.sampling.torch.cache import BATCH_STEP, Cache, Prefilled, bucketed, prefill
from gradus.sampling.torch.draws import draw, uniforms

# Prompts are prefilled together up to this many tokens: enough for fast products, few enough to stay in the caches.
PREFILL_TOKENS = 4096


@dataclass(frozen=True)
class _Ready:
    """A request whose prompt is prefilled up to its last token, which opens the generation."""

    request: int
    prompt: list[int]
    prefilled: Prefilled
    row: int


def _prefilled_requests(
    weights: Weights, arch: Architecture, layers: list[Layer], prompts: Sequence[Sequence[int]]
) -> Iterator[_Ready]:
    """All requests, those of equal prompts one after the other, each distinct prompt run once and only when needed."""
    requests_of: dict[tuple[int, ...], list[int]] = {}
    for request, prompt in enumerate(prompts):
        requests_of.setdefault(tuple(prompt), []).append(request)
    waiting = deque(requests_of)
    while waiting:
        chunk = [waiting.popleft()]
        tokens = len(chunk[0])
        while waiting and tokens + len(waiting[0]) <= PREFILL_TOKENS:
            chunk.append(waiting.popleft())
            tokens += len(chunk[-1])
        prefilled = prefill(weights, arch, layers, [list(prompt[:-1]) for prompt in chunk])
        for row, prompt in enumerate(chunk):
            for request in requests_of[prompt]:
                yield _Ready(request, list(prompt), prefilled, row)


def _next_logits(
    weights: Weights, arch: Architecture, layers: list[Layer], cache: Cache, tokens_B: Tensor, positions_B: Tensor
) -> Tensor:
    """Logits [B, V] after one more token per row. `cache.begin` has the positions."""
    cos, sin = (table.index_select(0, positions_B) for table in rope_tables(arch))
    queries, size, eps = arch.num_attention_heads, arch.head_dim, arch.rms_norm_eps
    normed_heads = queries + arch.num_key_value_heads
    embedding = weights["model.embed_tokens.weight"]
    x_B_H = embedding.index_select(0, tokens_B)
    for index, layer in enumerate(layers):
        qkv = F.linear(normalize(x_B_H, eps), layer.qkv).view(len(tokens_B), -1, size)
        qk = turn(normalize(qkv[:, :normed_heads], eps).mul_(layer.head_scale), cos, sin)
        attended = cache.attend(index, qk[:, :queries], qk[:, queries:], qkv[:, normed_heads:])
        x_B_H.addmm_(attended, layer.out.t())
        y_B_H = normalize(x_B_H, eps)
        inner = F.silu(F.linear(y_B_H, layer.gate), inplace=True).mul_(F.linear(y_B_H, layer.up))
        x_B_H.addmm_(inner, layer.down.t())
    return F.linear(normalize(x_B_H, eps).mul_(weights["model.norm.weight"]), embedding)


@torch.inference_mode()
def generate(
    weights: Weights,
    arch: Architecture,
    prompts: Sequence[Sequence[int]],
    *,
    seeds: Sequence[int],
    decoding: Decoding,
    batch_size: int = 256,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Completion]:
    """One completion per prompt, in the order of the prompts; see `Completion` for what it holds.

    Seeds are int64. The same call gives the same bytes; `batch_size` changes them only where two tokens are equally
    likely to rounding. `on_progress` is called as in `Engine`.
    Raises GradusError for an empty or overlong prompt.
    """
    check_requests(prompts, seeds, decoding.max_tokens, arch.max_position_embeddings)
    results: dict[int, Completion] = {}
    if not prompts:
        return []
    layers = fold(weights, arch)
    is_stop = np.zeros(arch.vocab_size, bool)
    is_stop[list(decoding.stop_ids)] = True
    limits = [min(decoding.max_tokens, arch.max_position_embeddings - len(prompt)) for prompt in prompts]
    size = bucketed(min(batch_size, len(prompts)), BATCH_STEP)
    slots = Slots(size, max(limits), is_stop)
    cache = Cache(arch, size)
    ready = _prefilled_requests(weights, arch, layers, prompts)

    def fill(slot: int) -> bool:
        """Start the next request in a slot; False when none waits."""
        following = next(ready, None)
        if following is None:
            return False
        last = len(following.prompt) - 1
        cache.reserve(last + 1)
        cache.load(slot, following.prefilled, following.row, last)
        request = following.request
        slots.start(slot, request, seeds[request], following.prompt[-1], last, limits[request])
        return True

    while slots.running < min(batch_size, len(prompts)) and fill(slots.running):
        slots.running += 1
    while slots.running:
        batch, running = bucketed(slots.running, BATCH_STEP), slots.running
        positions_B = torch.from_numpy(slots.position[:batch])
        cache.reserve(int(slots.position[:running].max()) + 1)
        cache.begin(positions_B)
        tokens_B = torch.from_numpy(slots.token[:batch])
        logits_B_V = _next_logits(weights, arch, layers, cache, tokens_B, positions_B)[:running]
        uniforms_B = torch.from_numpy(uniforms(slots.seed[:running], slots.count[:running]))
        drawn, logprobs = (x.numpy() for x in draw(logits_B_V, uniforms_B, decoding))

        ended = slots.replace(slots.write(drawn[None], logprobs[None]), fill, cache)
        results |= ended
        if on_progress and ended:
            on_progress(len(ended), sum(len(completion.token_ids) for completion in ended.values()))
    return [results[request] for request in range(len(prompts))]
