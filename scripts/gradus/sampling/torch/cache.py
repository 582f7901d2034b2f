"""Keys and values of the running requests: one slot a request, filled from prefilled prompts, grown by every step."""

from dataclasses import dataclass

import torch
from torch import Tensor

from gradus.models.architecture import Architecture
from gradus.models.attention import CausalRows, Packing
from gradus.models.qwen3 import Layer, Weights, run_layers

# Matrix kernels are compiled per shape (0.3 ms each), so shapes come in steps.
BATCH_STEP, SPAN_STEP = 16, 32


def bucketed(size: int, step: int) -> int:
    """The next multiple of `step`."""
    return -(-size // step) * step


@dataclass(frozen=True)
class Prefilled:
    """Keys and values [layers, P, K, S, D] of some prompts."""

    keys: Tensor
    values: Tensor


def prefill(weights: Weights, arch: Architecture, layers: list[Layer], prompts: list[list[int]]) -> Prefilled:
    """Run prompts of any length, side by side without padding between them."""
    lengths_P = torch.tensor([len(prompt) for prompt in prompts])
    width = max(int(lengths_P.max()), 1)
    shape = (arch.num_hidden_layers, len(prompts), arch.num_key_value_heads, width, arch.head_dim)
    filled = Prefilled(torch.zeros(shape), torch.zeros(shape))
    if not lengths_P.any():
        return filled
    packing = Packing.of(lengths_P, width)
    rows = CausalRows(arch, packing)

    def attention(layer: int, qkv_M: Tensor) -> Tensor:
        attended, keys, values = rows.with_cache(qkv_M)
        filled.keys[layer] = keys.view(shape[1:])
        filled.values[layer] = values.view(shape[1:])
        return attended

    ids_M = torch.tensor([token for prompt in prompts for token in prompt])
    run_layers(weights, arch, layers, ids_M, packing.slot_of_token_M % width, attention)
    return filled


class Cache:
    """Keys and values of `slots` requests: room for `span` positions, which grows with the longest running request.

    Slot b takes the rows b * K to (b + 1) * K. The products of a step run over all of `span`: a slice of longer rows
    would be copied before every product.
    """

    def __init__(self, arch: Architecture, slots: int) -> None:
        self.heads, self.size = arch.num_key_value_heads, arch.head_dim
        self.layers, self.rows = arch.num_hidden_layers, torch.arange(slots * self.heads)
        self._make_room(0)

    def _make_room(self, span: int) -> None:
        # Keys lie transposed: their product with the queries then reads memory in order.
        self.keys = torch.zeros(self.layers, len(self.rows), self.size, span)
        self.values = torch.zeros(self.layers, len(self.rows), span, self.size)
        self.bias = torch.full((span, span), float("-inf")).triu_(1)
        self.span = span

    def reserve(self, positions: int) -> None:
        """Make room for `positions` positions in every slot."""
        if positions > self.span:
            keys, values, known = self.keys, self.values, self.span
            self._make_room(bucketed(positions, SPAN_STEP))
            self.keys[..., :known] = keys
            self.values[:, :, :known] = values

    def load(self, slot: int, prefilled: Prefilled, prompt: int, length: int) -> None:
        """Put the first `length` positions of a prefilled prompt into a slot. Room must have been reserved."""
        if length:
            mine = slice(slot * self.heads, (slot + 1) * self.heads)
            self.keys[:, mine, :, :length] = prefilled.keys[:, prompt, :, :length].transpose(-1, -2)
            self.values[:, mine, :length] = prefilled.values[:, prompt, :, :length]

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first `length` positions of one slot into another."""
        mine, other = (slice(slot * self.heads, (slot + 1) * self.heads) for slot in (target, source))
        self.keys[:, mine, :, :length] = self.keys[:, other, :, :length]
        self.values[:, mine, :length] = self.values[:, other, :length]

    def begin(self, positions_B: Tensor) -> None:
        """Start a step in which slot b writes position positions_B[b]."""
        self.bias_B = self.bias.index_select(0, positions_B)[:, None]
        self.positions = positions_B if self.heads == 1 else positions_B.repeat_interleave(self.heads)

    def attend(self, layer: int, q_B_Q_D: Tensor, k_B_K_D: Tensor, v_B_K_D: Tensor) -> Tensor:
        """Store the new keys and values and attend to all stored ones: [B, Q D]."""
        batch, queries = q_B_Q_D.shape[:2]
        count = batch * self.heads
        keys, values, rows = self.keys[layer, :count], self.values[layer, :count], self.rows[:count]
        keys[rows, :, self.positions] = k_B_K_D.reshape(count, self.size)
        values[rows, self.positions] = v_B_K_D.reshape(count, self.size)
        scores = torch.bmm(q_B_Q_D.reshape(count, -1, self.size), keys)
        scores.view(batch, queries, self.span).add_(self.bias_B)
        return torch.bmm(scores.softmax(-1), values).view(batch, queries * self.size)
