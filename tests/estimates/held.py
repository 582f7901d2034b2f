"""Counts the bytes of all tensors that are there, as a GPU's allocator would: real ones, or fake ones of any size."""

import contextlib
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter
from transformers import Qwen3Config, Qwen3ForCausalLM

from gradus.estimates.shape import Shape


class Held(TorchDispatchMode):
    """While it is entered: `now` and `peak`, in bytes of storages, views of one counted once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._sizes: dict[int, int] = {}

    def add(self, tensor: object) -> None:
        """Count a tensor that was there before."""
        if not isinstance(tensor, torch.Tensor):
            return
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self._sizes:
            self._sizes[key] = storage.nbytes()
            self.now += self._sizes[key]
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self._drop, key)

    def _drop(self, key: int) -> None:
        self.now -= self._sizes.pop(key)

    def __torch_dispatch__(
        self, function: Callable[..., Any], types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        for tensor in tree_iter(result):
            self.add(tensor)
        return result


@dataclass(frozen=True)
class Counted:
    """Bytes beyond the weights: at the end of the forward pass, at most during it, and at most on the way back with
    all gradients of an earlier micro-batch there, which are not counted."""

    kept: int
    forward: int
    backward: int


def network(shape: Shape, rank: int, bf16: bool) -> nn.Module:
    """transformers' Qwen3 of this shape without any values; with an adapter on all matrices where there is a rank."""
    config = Qwen3Config(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.head,
        tie_word_embeddings=shape.tied,
    )
    with torch.device("meta"):
        model = Qwen3ForCausalLM(config)
        if rank == 0:
            return model
        model = model.to(torch.bfloat16 if bf16 else torch.float32)
        return get_peft_model(model, LoraConfig(r=rank, target_modules=list(shape.projections)))


def count(shape: Shape, rank: int, bf16: bool, checkpointing: bool, rows: int, length: int) -> Counted:
    """The second of two passes of the layers, without the output projection, on fake tensors."""
    model = network(shape, rank, bf16)
    with fake(model):
        if checkpointing:
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        if rank:
            model.enable_input_require_grads()
        model.train()
        held = Held()
        for tensor in (*model.parameters(), *model.buffers()):
            held.add(tensor)
        layers = model.base_model.model.model if rank else model.model
        with held:
            for _ in range(2):
                ids = torch.zeros((rows, length), dtype=torch.long)
                mask = torch.ones((rows, length), dtype=torch.long)
                start = held.peak = held.now
                with torch.autocast("cpu", torch.bfloat16) if bf16 else contextlib.nullcontext():
                    hidden = layers(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
                kept, forward, held.peak = held.now - start, held.peak - start, held.now
                loss = hidden.float().mean()
                del hidden
                loss.backward()
                backward = held.peak - start
    return Counted(kept, forward, backward)


@contextlib.contextmanager
def fake(model: nn.Module) -> Iterator[None]:
    """Inside, the model's tensors are fake ones on a CPU: they have shapes, types and sizes, and no bytes."""
    with FakeTensorMode(allow_non_fake_inputs=True):
        for module in model.modules():
            for name, old in list(module._parameters.items()):
                if old is not None:
                    values = torch.empty(old.shape, dtype=old.dtype)
                    module._parameters[name] = nn.Parameter(values, requires_grad=old.requires_grad)
            for name, old in list(module._buffers.items()):
                if old is not None:
                    module._buffers[name] = torch.zeros(old.shape, dtype=old.dtype)
        whole = model if hasattr(model, "tie_weights") else model.base_model.model
        whole.tie_weights()
        yield
