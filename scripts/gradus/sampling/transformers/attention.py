"""Attention of one new token a row over slots of keys and values, as an attention implementation of transformers.

A model takes attention and masks by the name in its config, so that any family decodes with these unchanged.
Differences from those of transformers: every row is at a position of its own, and the queries that share a head of keys
are rows of one product, where `sdpa` with a mask copies keys and values for each of them.

Shape suffixes: B rows, K heads of keys, G queries to each, D head size, L length.
"""

import contextlib
import functools
from collections.abc import Callable, Generator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel

from gradus.sampling.transformers.cache import has_windows

PLAIN, CAPPED, BY_LENGTH = "gradus_slots", "gradus_slots_capped", "gradus_slots_by_length"

LARGEST_HEAD = 256
"""Of the flash kernel."""


@contextlib.contextmanager
def attention_over_slots(model: PreTrainedModel, by_length: bool) -> Generator[None]:
    """Within it, the model takes one token a row, with a `SlotCache`."""
    config = model.config.get_text_config(decoder=True)
    usual = config._attn_implementation
    config._attn_implementation = BY_LENGTH if by_length else CAPPED if _caps(usual) else PLAIN
    try:
        yield
    finally:
        config._attn_implementation = usual


def _caps(implementation: str) -> bool:
    """`sdpa`, and what builds on it, passes a soft cap over: scores are to be those of the model's other passes."""
    return implementation.startswith(("eager", "flash", "flex"))


def reads_by_length(model: PreTrainedModel, keys: Tensor, dtype: torch.dtype | None) -> bool:
    """Whether torch's flash kernel can be asked; a mask says more than it is told."""
    return (
        keys.is_cuda
        and (dtype or keys.dtype) in (torch.bfloat16, torch.float16)
        and keys.shape[-1] % 8 == 0
        and keys.shape[-1] <= LARGEST_HEAD
        and torch.backends.cuda.is_flash_attention_available()
        and not _caps(model.config.get_text_config(decoder=True)._attn_implementation)
        and not has_windows(model)
    )


def _attend(
    module: nn.Module,
    query_B_H_1_D: Tensor,
    keys_B_K_L_D: Tensor,
    values_B_K_L_D: Tensor,
    mask_B_1_1_L: Tensor,
    *,
    capped: bool,
    scaling: float | None = None,
    softcap: float | None = None,
    **_: object,
) -> tuple[Tensor, None]:
    batch, heads, _one, size = query_B_H_1_D.shape
    kinds = keys_B_K_L_D.shape[1]
    query_B_K_G_D = query_B_H_1_D.reshape(batch, kinds, heads // kinds, size)
    softcap = softcap if capped else None
    if softcap or not query_B_H_1_D.is_cuda:
        # The products of one token are too small for oneDNN in the fused kernel for CPUs: up to 12 times as long.
        scale = size**-0.5 if scaling is None else scaling
        scores_B_K_G_L = (query_B_K_G_D * scale) @ keys_B_K_L_D.transpose(2, 3)
        if softcap:
            scores_B_K_G_L = softcap * torch.tanh(scores_B_K_G_L / softcap)
        weights_B_K_G_L = (scores_B_K_G_L + mask_B_1_1_L).softmax(-1, dtype=torch.float32)
        found_B_K_G_D = weights_B_K_G_L.to(values_B_K_L_D.dtype) @ values_B_K_L_D
    else:
        found_B_K_G_D = F.scaled_dot_product_attention(
            query_B_K_G_D, keys_B_K_L_D, values_B_K_L_D, mask_B_1_1_L, scale=scaling
        )
    return found_B_K_G_D.reshape(batch, 1, heads, -1), None


def _mask(
    *,
    q_offset: Tensor,
    kv_length: int,
    mask_function: Callable[..., Tensor],
    dtype: torch.dtype,
    **_: object,
) -> Tensor:
    """0 where a row sees, minus infinity elsewhere [B, 1, 1, L]; `q_offset` [B] is where the rows are."""
    rows_B = torch.arange(len(q_offset), device=q_offset.device)
    columns_L = torch.arange(kv_length, device=q_offset.device)
    at_B_1_1_1, row_B_1_1_1 = q_offset[:, None, None, None], rows_B[:, None, None, None]
    sees_B_1_1_L = mask_function(row_B_1_1_1, torch.zeros_like(row_B_1_1_1), at_B_1_1_1, columns_L[None, None, None])
    return torch.zeros_like(sees_B_1_1_L, dtype=dtype).masked_fill(~sees_B_1_1_L, float("-inf"))


def _attend_by_length(
    module: nn.Module,
    query_B_H_1_D: Tensor,
    keys_B_K_L_D: Tensor,
    values_B_K_L_D: Tensor,
    lengths_B: Tensor,
    *,
    scaling: float | None = None,
    **_: object,
) -> tuple[Tensor, None]:
    """A row reads the keys that it has: answers in training are at many lengths, and keys are most of what is read."""
    batch, room = len(keys_B_K_L_D), keys_B_K_L_D.shape[2]
    begins = torch.arange(batch + 1, dtype=torch.int32, device=lengths_B.device)
    found_B_H_D = flash(
        query_B_H_1_D[:, :, 0].to(keys_B_K_L_D.dtype),
        *(known.transpose(1, 2).flatten(0, 1) for known in (keys_B_K_L_D, values_B_K_L_D)),
        *(begins, begins * room, lengths_B),
        room,
        query_B_H_1_D.shape[-1] ** -0.5 if scaling is None else scaling,
    )
    return found_B_H_D[:, None], None


def flash(
    query_B_H_D: Tensor,
    keys: Tensor,
    values: Tensor,
    query_begins: Tensor,
    key_begins: Tensor,
    lengths_B: Tensor,
    room: int,
    scale: float,
) -> Tensor:
    """One query a row over its first `lengths_B` of `room` keys [B * room, K, D]: [B, H, D]. Only on a GPU."""
    return torch.ops.aten._flash_attention_forward(
        *(query_B_H_D, keys, values, query_begins, key_begins, 1, room, 0.0, False, False),
        scale=scale,
        seqused_k=lengths_B,
    )[0]


def _lengths(*, q_offset: Tensor, **_: object) -> Tensor:
    """In place of a mask, how many keys the rows see [B]."""
    return (q_offset + 1).to(torch.int32)


for _name in (PLAIN, CAPPED):
    AttentionInterface.register(_name, functools.partial(_attend, capped=_name == CAPPED))
    AttentionMaskInterface.register(_name, _mask)
AttentionInterface.register(BY_LENGTH, _attend_by_length)
AttentionMaskInterface.register(BY_LENGTH, _lengths)
