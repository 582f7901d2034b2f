"""Attention of packed tokens: padding exists only inside the attention, every other operation sees real tokens alone.

Shape suffixes as in `qwen3`.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from gradus.models.architecture import Architecture
from gradus.models.ops import Attend, Collect, Spread


class Heads(Protocol):
    """The part of a model's shape that attention knows."""

    @property
    def num_attention_heads(self) -> int: ...
    @property
    def num_key_value_heads(self) -> int: ...
    @property
    def head_dim(self) -> int: ...


@dataclass(frozen=True)
class Packing:
    """Where the real tokens of right-padded rows lie. Slots are the cells of [rows, width], row by row."""

    rows: int
    width: int
    slot_of_token_M: Tensor
    token_of_slot: Tensor | None  # None when there is no padding

    @classmethod
    def of(cls, lengths_B: Tensor, width: int) -> "Packing":
        real = (torch.arange(width) < lengths_B[:, None]).flatten()
        slots_M = real.nonzero().squeeze(1)
        if len(slots_M) == len(real):
            return cls(len(lengths_B), width, slots_M, None)
        return cls(len(lengths_B), width, slots_M, (real.cumsum(0) - 1).clamp_(min=0))

    def to(self, device: torch.device) -> "Packing":
        token_of_slot = None if self.token_of_slot is None else self.token_of_slot.to(device)
        return Packing(self.rows, self.width, self.slot_of_token_M.to(device), token_of_slot)

    def pad(self, tokens_M_X: Tensor) -> Tensor:
        """[M, X] to [rows * width, X]; padding holds copies of real tokens and must not reach any result."""
        if self.token_of_slot is None:
            return tokens_M_X
        return Spread.apply(tokens_M_X, self.slot_of_token_M, self.token_of_slot)

    def unpad(self, slots_X: Tensor) -> Tensor:
        """[rows * width, X] to [M, X]."""
        return slots_X if self.token_of_slot is None else Collect.apply(slots_X, self.slot_of_token_M)


def causal_bias(length: int) -> Tensor:
    """[length, length]: 0 where position i may attend to position j <= i, -inf elsewhere."""
    return torch.full((length, length), float("-inf")).triu_(1)


def split_heads(qkv: Tensor, arch: Heads, rows: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    """[rows * width, (Q + 2K) D] to queries [rows * K, Q/K * width, D], keys and values [rows * K, width, D].

    The queries that share a key/value head lie one below the other, so grouped-query attention copies no keys.
    """
    queries, keys, size = arch.num_attention_heads, arch.num_key_value_heads, arch.head_dim
    q, k, v = qkv.view(rows, width, -1, size).transpose(1, 2).split([queries, keys, keys], dim=1)
    return q.reshape(rows * keys, -1, size), k.reshape(rows * keys, -1, size), v.reshape(rows * keys, -1, size)


def join_heads(heads: Tensor, arch: Heads, rows: int, width: int) -> Tensor:
    """[rows * K, Q/K * width, D] to [rows * width, Q D]."""
    size = arch.head_dim
    return heads.view(rows, -1, width, size).transpose(1, 2).reshape(rows * width, arch.num_attention_heads * size)


class CausalRows:
    """Rows of tokens, each attending to itself and its past."""

    def __init__(self, arch: Architecture, packing: Packing) -> None:
        self.arch, self.packing = arch, packing
        self.bias = causal_bias(packing.width)[None, None]

    def __call__(self, layer: int, qkv_M: Tensor) -> Tensor:
        return self.with_cache(qkv_M)[0]

    def with_cache(self, qkv_M: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The attended values [M, Q D], and the keys and values [rows * K, width, D]."""
        rows, width = self.packing.rows, self.packing.width
        q, k, v = split_heads(self.packing.pad(qkv_M), self.arch, rows, width)
        attended = join_heads(Attend.apply(q, k, v, self.bias), self.arch, rows, width)
        return self.packing.unpad(attended), k, v


class SharedPrompts:
    """Prompts, and completions that attend to their prompt and to their own past.

    The tokens of all prompts come first, then those of all completions.
    """

    def __init__(
        self, arch: Architecture, prompts: Packing, prompt_lengths_P: Tensor, completions: Packing, prompt_of_N: Tensor
    ) -> None:
        self.arch, self.completions, self.prompt_of_N = arch, completions, prompt_of_N
        self.prompts = CausalRows(arch, prompts)
        unseen_P_S = torch.arange(prompts.width) >= prompt_lengths_P[:, None]
        of_prompt_N_S = torch.zeros(unseen_P_S.shape).masked_fill_(unseen_P_S, float("-inf"))[prompt_of_N]
        parts = [
            of_prompt_N_S[:, None].expand(-1, completions.width, -1),
            causal_bias(completions.width).expand(len(prompt_of_N), -1, -1),
        ]
        self.bias = torch.cat(parts, dim=-1)[:, None].repeat_interleave(arch.num_key_value_heads, dim=0)

    def __call__(self, layer: int, qkv_M: Tensor) -> Tensor:
        own_tokens = len(self.completions.slot_of_token_M)
        of_prompts, of_completions = qkv_M.split([len(qkv_M) - own_tokens, own_tokens])
        attended, prompt_k, prompt_v = self.prompts.with_cache(of_prompts)
        if not own_tokens:  # every completion is one token long: the prompts alone predict them
            return attended
        rows, width = self.completions.rows, self.completions.width
        q, own_k, own_v = split_heads(self.completions.pad(of_completions), self.arch, rows, width)
        k = torch.cat([self._for_completions(prompt_k), own_k], dim=1)
        v = torch.cat([self._for_completions(prompt_v), own_v], dim=1)
        own = join_heads(Attend.apply(q, k, v, self.bias), self.arch, rows, width)
        return torch.cat([attended, self.completions.unpad(own)])

    def _for_completions(self, prompt_x: Tensor) -> Tensor:
        """[P * K, S, D] to [N * K, S, D]."""
        per_prompt = prompt_x.reshape(self.prompts.packing.rows, -1)
        return per_prompt.index_select(0, self.prompt_of_N).view(-1, *prompt_x.shape[1:])
