"""Attention over the segments of a row, as one of transformers' attention functions.

Models hand on what they are called with: `segments` comes through the decoder to every layer. Without it the function
is transformers' own for scaled dot products, as in rollouts.

Shape suffixes: T tokens of the row, Q query heads, K key/value heads, D head dimension, B segments of a bucket.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from gradus.models.attention import Heads, join_heads, split_heads
from gradus.models.ops import Attend
from gradus.training.torch.module.segments import Bucket, Segments

NAME = "gradus_segments"

MOST_SCORES = 2**24
"""Numbers of a bucket's scores that are kept for the way back (float32: 64 MiB a layer); above, the fused kernel."""

LARGEST_HEAD = 256
"""Of the flash kernel."""


class _Heads(NamedTuple):
    """See `Heads`."""

    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int


def install(network: PreTrainedModel) -> bool:
    """Have a model attend by segments where it is given some; whether it can be."""
    takes_functions = network._supports_attention_backend and network.config._attn_implementation == "sdpa"
    if not takes_functions or network._is_stateful:  # recurrent layers read the row as one text
        return False
    AttentionInterface.register(NAME, segment_attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    network.config._attn_implementation = NAME
    return True


def segment_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    sliding_window: int | None = None,
    segments: Segments | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """query [1, Q, T, D], key and value [1, K, T, D]; returns [1, T, Q, D]."""
    if segments is None:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout, scaling, sliding_window=sliding_window, **others
        )
    kind = query.device.type
    if torch.is_autocast_enabled(kind):
        dtype = torch.get_autocast_dtype(kind)
        query, key, value = query.to(dtype), key.to(dtype), value.to(dtype)
    heads = _Heads(query.shape[1], key.shape[1], query.shape[-1])
    scale = heads.head_dim**-0.5 if scaling is None else scaling
    q_T, k_T, v_T = (x[0].transpose(0, 1) for x in (query, key, value))
    if _flash_takes(query):
        attended = _flash(q_T, k_T, v_T, segments, scale, sliding_window, dropout)
    else:
        qkv_T = torch.cat([q_T * scale, k_T, v_T], dim=1).flatten(1)
        attended = _by_buckets(qkv_T, heads, segments, sliding_window, dropout)
    return attended.view(1, -1, heads.num_attention_heads, heads.head_dim), None


def _by_buckets(qkv_T: Tensor, heads: Heads, segments: Segments, window: int | None, dropout: float) -> Tensor:
    """[T, (Q + 2K) D], queries scaled, to [T, Q D]."""
    attended: list[Tensor] = []
    prompt_k = prompt_v = None
    buckets = segments.buckets
    for bucket, part in zip(buckets, qkv_T.split([bucket.tokens for bucket in buckets]), strict=True):
        q, k, v = split_heads(bucket.packing.pad(part), heads, bucket.rows, bucket.width)
        if bucket.prompts_B is None:
            prompt_k, prompt_v = k, v
        else:
            assert prompt_k is not None  # they come first
            assert prompt_v is not None
            k = torch.cat([_of_prompts(prompt_k, bucket, heads), k], dim=1)
            v = torch.cat([_of_prompts(prompt_v, bucket, heads), v], dim=1)
        found = join_heads(_attend(q, k, v, bucket, heads, window, dropout), heads, bucket.rows, bucket.width)
        attended.append(bucket.packing.unpad(found))
    return torch.cat(attended)


def _of_prompts(x: Tensor, bucket: Bucket, heads: Heads) -> Tensor:
    """Of all prompts [prompts * K, width, D], those that a bucket's segments continue: [B * K, their width, D]."""
    assert bucket.prompts_B is not None
    keys, size = heads.num_key_value_heads, heads.head_dim
    rows = x.view(-1, keys, x.shape[1], size)[:, :, : bucket.prompt_width].flatten(1)
    return rows.index_select(0, bucket.prompts_B).view(-1, bucket.prompt_width, size)


def _attend(
    q: Tensor, k: Tensor, v: Tensor, bucket: Bucket, heads: Heads, window: int | None, dropout: float
) -> Tensor:
    """q [B * K, Q/K * length, D], k and v [B * K, keys, D]; returns the like of q."""
    keys, size = heads.num_key_value_heads, heads.head_dim
    fits = q.shape[0] * q.shape[1] * k.shape[1] <= MOST_SCORES
    if fits and not dropout and q.dtype == torch.float32 and q.device.type == "cpu":
        return Attend.apply(q, k, v, bucket.bias(window, q.dtype, keys))
    query = q.view(bucket.rows, heads.num_attention_heads, bucket.width, size)
    shared = heads.num_attention_heads // keys
    key, value = (x.view(bucket.rows, keys, -1, size).repeat_interleave(shared, dim=1) for x in (k, v))
    bias = bucket.bias(window, q.dtype, 1)
    return F.scaled_dot_product_attention(query, key, value, bias, dropout, scale=1.0).reshape(q.shape)


def _flash_takes(query: Tensor) -> bool:
    size = query.shape[-1]
    return (
        query.is_cuda
        and query.dtype in (torch.bfloat16, torch.float16)
        and size % 8 == 0
        and size <= LARGEST_HEAD
        and torch.backends.cuda.is_flash_attention_available()
    )


def _flash(
    q_T: Tensor, k_T: Tensor, v_T: Tensor, segments: Segments, scale: float, window: int | None, dropout: float
) -> Tensor:
    """[T, Q, D] by torch's own flash kernel, which `torch.nn.attention.varlen` wraps from torch 2.10 on, each time with
    other arguments. Where a segment has more keys than queries, its last query is at its last key."""
    runs = segments.runs
    if runs.key_places is not None:
        k_T, v_T = k_T.index_select(0, runs.key_places), v_T.index_select(0, runs.key_places)
    return torch.ops.aten._flash_attention_forward(
        *(q_T, k_T, v_T, runs.query_ends, runs.key_ends, runs.longest_query, runs.longest_key),
        *(dropout, True, False),
        scale=scale,
        window_size_left=None if window is None else window - 1,
        window_size_right=None if window is None else 0,
    )[0]
