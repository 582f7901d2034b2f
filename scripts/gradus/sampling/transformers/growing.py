"""Batches that are decoded with a cache that grows, for models that cannot decode in slots.

The batch is made smaller as answers end, and the next one begins with the end of its longest answer.

Shape suffixes: B rows, P distinct prompts, T positions, V vocabulary.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.torch.draws import draw, uniforms
from gradus.sampling.transformers.pace import GPU_MEMORY_SHARE, pace_of

SHRINK = 0.75
"""The batch is made smaller once this share of its rows, or less, goes on: each time the cache is copied."""


def generate(
    model: PreTrainedModel,
    prompts: Sequence[Sequence[int]],
    seeds: Sequence[int],
    decoding: Decoding,
    limit: int,
    on_progress: Callable[[int, int], None],
) -> list[Completion]:
    """As `Engine.generate`, of checked requests; `limit` is how many tokens the model takes."""
    results: dict[int, Completion] = {}
    # Of like lengths together, so that little of a batch is padding; equal prompts stay together.
    order = sorted(range(len(prompts)), key=lambda i: (len(prompts[i]), list(prompts[i]), i))
    while len(results) < len(order):
        rest = order[len(results) :]
        longest = min(limit, max(len(prompts[i]) for i in rest) + decoding.max_tokens)
        chosen = rest[: _rows_at_once(model, longest)]
        written = _batch(model, [prompts[i] for i in chosen], [seeds[i] for i in chosen], decoding, limit)
        results |= dict(zip(chosen, written, strict=True))
        on_progress(len(written), sum(len(completion.token_ids) for completion in written))
    return [results[index] for index in range(len(prompts))]


def _rows_at_once(model: PreTrainedModel, length: int) -> int:
    """Rows of so many tokens whose keys and values have room."""
    most = pace_of(model.device.type).rows
    if model.device.type != "cuda":
        return most
    config = model.config.get_text_config()
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    row_bytes = 2 * config.num_hidden_layers * heads * size * model.dtype.itemsize * length
    # Copied as the batch shrinks: two of them are there at a time.
    free_bytes = GPU_MEMORY_SHARE * torch.cuda.mem_get_info()[0]
    return max(1, min(most, int(free_bytes // (2 * row_bytes))))


def _batch(
    model: PreTrainedModel, prompts: list[Sequence[int]], seeds: list[int], decoding: Decoding, limit: int
) -> list[Completion]:
    device = model.device
    distinct = list(dict.fromkeys(map(tuple, prompts)))
    width = max(map(len, distinct))
    ids_P_T = torch.tensor([[0] * (width - len(p)) + list(p) for p in distinct], device=device)
    real_P_T = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in distinct], device=device)
    positions_P_T = (real_P_T.cumsum(-1) - 1).clamp(min=0)
    read = model(
        input_ids=ids_P_T, attention_mask=real_P_T, position_ids=positions_P_T, use_cache=True, logits_to_keep=1
    )
    place = {prompt: index for index, prompt in enumerate(distinct)}
    rows = torch.tensor([place[tuple(prompt)] for prompt in prompts], device=device)
    cache, logits_B_V = read.past_key_values, read.logits[:, -1].float()[rows]
    cache.reorder_cache(rows)
    real_B_T = real_P_T[rows]

    running = np.arange(len(prompts))
    limits = np.array([min(decoding.max_tokens, limit - len(prompt)) for prompt in prompts])
    tokens: list[list[int]] = [[] for _ in prompts]
    logprobs: list[list[float]] = [[] for _ in prompts]
    ended: dict[int, bool] = {}
    seeds_B, stops = np.array(seeds, dtype=np.int64), set(decoding.stop_ids)
    for count in range(int(limits.max())):
        numbers_B = torch.from_numpy(uniforms(seeds_B[running], np.full(len(running), count))).to(device)
        tokens_B, logprobs_B = draw(logits_B_V, numbers_B, decoding)
        for row, token, logprob in zip(running.tolist(), tokens_B.tolist(), logprobs_B.tolist(), strict=True):
            if row in ended:
                continue
            tokens[row].append(token)
            logprobs[row].append(logprob)
            if token in stops or count + 1 == limits[row]:
                ended[row] = token in stops
        goes_on = np.array([row not in ended for row in running.tolist()])
        if not goes_on.any():
            break
        if goes_on.mean() <= SHRINK:
            kept = torch.from_numpy(np.flatnonzero(goes_on)).to(device)
            running = running[goes_on]
            cache.reorder_cache(kept)
            tokens_B, real_B_T = tokens_B[kept], real_B_T[kept]
        real_B_T = torch.cat([real_B_T, real_B_T.new_ones(len(real_B_T), 1)], dim=1)
        logits_B_V = _next(model, tokens_B, real_B_T, cache)
    return [Completion(tokens[row], logprobs[row], "stop" if ended[row] else "length") for row in range(len(prompts))]


def _next(model: PreTrainedModel, tokens_B: Tensor, real_B_T: Tensor, cache: object) -> Tensor:
    """Logits [B, V] after one more token a row."""
    positions_B_1 = real_B_T.sum(-1, keepdim=True) - 1
    found = model(
        input_ids=tokens_B[:, None],
        attention_mask=real_B_T,
        position_ids=positions_B_1,
        past_key_values=cache,
        use_cache=True,
    )
    return found.logits[:, -1].float()
