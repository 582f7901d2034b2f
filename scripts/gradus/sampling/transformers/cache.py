"""Keys and values of running requests: one slot a request, in tensors that stay where they are.

Shape suffixes: B rows that compute, S slots, P prompts, K heads, L length, D head size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.cache_utils import (
    Cache,
    CacheLayerMixin,
    DynamicCache,
    DynamicLayer,
    DynamicSlidingWindowLayer,
    LinearAttentionLayer,
)

Grown = DynamicLayer | LinearAttentionLayer
"""A layer's part of a cache after a pass."""


def growing_layers(model: PreTrainedModel) -> list[Grown] | None:
    """Empty layers of a cache that keeps all it is given; None where a layer of the model remembers in another way than
    by keys and values or by a state of fixed size, or where attention cannot be replaced."""
    if not model._can_set_attn_implementation():
        return None
    # The window of a layer that slides is in its mask too. Kept to the window, rows would have to be of one length.
    layers: list[Grown] = []
    for layer in DynamicCache(config=model.config).layers:
        if type(layer) is DynamicSlidingWindowLayer:
            layers.append(DynamicLayer())
        elif isinstance(layer, Grown) and type(layer) in (DynamicLayer, LinearAttentionLayer):
            layers.append(layer)
        else:
            return None
    return layers


def has_windows(model: PreTrainedModel) -> bool:
    return any(type(layer) is DynamicSlidingWindowLayer for layer in DynamicCache(config=model.config).layers)


def computed_dtype(model: PreTrainedModel) -> torch.dtype | None:
    """Of attention where autocast decides it; keys that rotation has left in float32 would be cast at every step."""
    kind = model.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None


@dataclass
class _Shown:
    """What a step computes with: so many first slots, at these positions, and of each the first `length` ones."""

    positions_B: Tensor
    length: int


class _KeyValueSlots(CacheLayerMixin):
    """Keys and values [S, L, K, D]: those of a position side by side, as flash kernels take them."""

    is_sliding = False
    keys: Tensor  # ty: ignore[incompatible-mutable-override] they are there from the beginning
    values: Tensor  # ty: ignore[incompatible-mutable-override]

    def __init__(self, like: DynamicLayer, slots: int, length: int, dtype: torch.dtype | None, shown: _Shown) -> None:
        super().__init__()
        # Zeros, as what is masked is multiplied all the same.
        self.keys, self.values = (
            known.new_zeros(slots, length, known.shape[1], known.shape[3], dtype=dtype)
            for known in keys_and_values(like)
        )
        self._rows, self._shown = torch.arange(slots, device=self.keys.device), shown
        self.is_initialized = True

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Made whole."""

    def update(self, key_states: Tensor, value_states: Tensor, *_: object, **__: object) -> tuple[Tensor, Tensor]:
        """Write [B, K, 1, D] where the rows are; what they attend to [B, K, length, D]."""
        at, length = self._shown.positions_B, self._shown.length
        rows = self._rows[: len(at)]
        self.keys[rows, at] = key_states[:, :, 0].to(self.keys.dtype)
        self.values[rows, at] = value_states[:, :, 0].to(self.values.dtype)
        keys, values = self.keys[: len(at), :length], self.values[: len(at), :length]
        return keys.transpose(1, 2), values.transpose(1, 2)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self._shown.length, 0

    def get_seq_length(self) -> int:
        return self._shown.length

    def get_max_length(self) -> int:
        return self.keys.shape[1]

    def load(self, slot: int, layer: DynamicLayer, row: int, length: int) -> None:
        if length:  # or no prompt of the row's was read
            keys, values = keys_and_values(layer)
            self.keys[slot, :length] = keys[row, :, :length].transpose(0, 1)
            self.values[slot, :length] = values[row, :, :length].transpose(0, 1)

    def move(self, source: int, target: int, length: int) -> None:
        self.keys[target, :length] = self.keys[source, :length]
        self.values[target, :length] = self.values[source, :length]


def keys_and_values(layer: DynamicLayer) -> tuple[Tensor, Tensor]:
    """Of a layer after a pass, [P, K, L, D] each."""
    assert layer.keys is not None  # before its first pass they are
    assert layer.values is not None
    return layer.keys, layer.values


class _StateSlots(LinearAttentionLayer):
    """States of one size whatever the length, as linear attention has; the model updates them in place."""

    def __init__(self, like: LinearAttentionLayer, slots: int) -> None:
        super().__init__(like.number_of_states)
        self._all = [
            {index: state.new_zeros(slots, *state.shape[1:]) for index, state in kind.items()} for kind in _states(like)
        ]
        self.conv_kernel_size, self.device = like.conv_kernel_size, like.device
        self.is_conv_states_initialized = like.is_conv_states_initialized
        self.is_recurrent_states_initialized = like.is_recurrent_states_initialized
        # An empty one is zeros.
        self.has_previous_state = dict.fromkeys(self.has_previous_state, True)

    def show(self, rows: int) -> None:
        conv, recurrent = self._all
        self.conv_states = {index: state[:rows] for index, state in conv.items()}
        self.recurrent_states = {index: state[:rows] for index, state in recurrent.items()}

    def load(self, slot: int, layer: LinearAttentionLayer, row: int, length: int) -> None:
        for mine, other in zip(self._all, _states(layer), strict=True):
            for index, state in mine.items():
                state[slot] = other[index][row] if length else 0

    def move(self, source: int, target: int, length: int) -> None:
        for kind in self._all:
            for state in kind.values():
                state[target] = state[source]


def _states(layer: LinearAttentionLayer) -> list[dict[int, Tensor]]:
    """Those that the model has used: some layers keep nothing."""
    kinds = (layer.conv_states, layer.recurrent_states)
    return [{index: state for index, state in kind.items() if state is not None} for kind in kinds]


class SlotCache(Cache):
    """What the model keeps of the requests in `slots` slots, each of up to `length` positions.

    like: layers after a pass, of any prompt; dtype: of keys and values where it is not that of the pass; by_length:
    whether attention reads of each row what is there, or as much of all rows, with a mask.
    """

    def __init__(
        self, like: Sequence[Grown], slots: int, length: int, dtype: torch.dtype | None, by_length: bool = False
    ) -> None:
        self.by_length, self._length = by_length, length
        self._shown = _Shown(torch.empty(0, dtype=torch.long), length)
        self._slots: list[_KeyValueSlots | _StateSlots] = [
            _KeyValueSlots(layer, slots, length, dtype, self._shown)
            if isinstance(layer, DynamicLayer)
            else _StateSlots(layer, slots)
            for layer in like
        ]
        super().__init__(layers=list(self._slots))

    @staticmethod
    def slot_bytes(like: Sequence[Grown], length: int, dtype: torch.dtype | None) -> int:
        """Of one slot."""
        total = 0
        for layer in like:
            if isinstance(layer, DynamicLayer):
                for known in keys_and_values(layer):
                    total += length * known[0, :, 0].numel() * (dtype or known.dtype).itemsize
            else:
                total += sum(state[0].nbytes for kind in _states(layer) for state in kind.values())
        return total

    def show(self, positions_B: Tensor, length: int) -> None:
        """The next step is that of the first slots, at these positions, all of them below `length`."""
        self._shown.positions_B, self._shown.length = positions_B, self._length if self.by_length else length
        for layer in self._slots:
            if isinstance(layer, _StateSlots):
                layer.show(len(positions_B))

    def get_query_offset(self, layer_idx: int = 0) -> Tensor:  # ty: ignore[incompatible-method-override]
        """Of each row, where transformers has one number; read by `gradus.sampling.transformers.attention`."""
        return self._shown.positions_B

    def load(self, slot: int, layers: Sequence[Grown], row: int, length: int) -> None:
        """Put the first `length` positions of a row that the model has read into a slot."""
        for mine, layer in zip(self._slots, layers, strict=True):
            mine.load(slot, layer, row, length)  # ty: ignore[invalid-argument-type] both are of one kind

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first `length` positions of one slot into another."""
        for layer in self._slots:
            layer.move(source, target, length)
