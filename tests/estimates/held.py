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
from transformers import GPT2Config, GPT2LMHeadModel, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

from gradus.estimates.activations import Computed
from gradus.estimates.shape import Shape
from gradus.training.torch.module.inputs import padded_inputs
from gradus.training.torch.module.logprobs import TokenScorer


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


def network(shape: Shape, rank: int, computed: Computed) -> nn.Module:
    """transformers' Qwen3, Qwen2 or GPT-2 of this shape without any values; with an adapter on all matrices where there
    is a rank. Weights are bfloat16 where they are `computed` in it without autocast."""
    kind, model_of = (Qwen3Config, Qwen3ForCausalLM) if shape.head_norms else (Qwen2Config, Qwen2ForCausalLM)
    if shape.layout == "gpt2":
        kind, model_of = GPT2Config, GPT2LMHeadModel
    sizes = {"hidden_size": shape.hidden, "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads}
    if shape.layout == "gpt2":
        # Dropout is 0 in all that trains here.
        sizes |= {"n_inner": shape.inner, "n_positions": shape.positions}
        sizes |= dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0)
    else:
        sizes |= {"intermediate_size": shape.inner, "num_key_value_heads": shape.kv_heads, "head_dim": shape.head}
    config = kind(vocab_size=shape.vocabulary, tie_word_embeddings=shape.tied, **sizes)
    with torch.device("meta"):
        model = model_of(config).to(torch.bfloat16 if computed == "bfloat16" else torch.float32)
        if rank == 0:
            return model
        return get_peft_model(model, LoraConfig(r=rank, target_modules=list(shape.targets)))


def count(
    shape: Shape, rank: int, computed: Computed, checkpointing: bool, rows: int, length: int, scored: int = 0
) -> Counted:
    """The second of two passes on fake tensors: of the layers, or, where so many tokens of a row are `scored`, of the
    `torch` backend's log-probabilities with their entropy, at a temperature."""
    model = network(shape, rank, computed)
    bf16 = computed != "float32"
    with fake(model):
        if checkpointing:
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        if rank:
            model.enable_input_require_grads()
        model.train()
        held = Held()
        for tensor in (*model.parameters(), *model.buffers()):
            held.add(tensor)
        whole = model.base_model.model if rank else model
        examples = [([1] * length, [place >= length - scored for place in range(length)])] * rows
        scorer = TokenScorer(whole)
        with held:
            for _ in range(2):
                inputs = padded_inputs(examples, torch.device("cpu"))
                start = held.peak = held.now
                with torch.autocast("cpu", torch.bfloat16) if bf16 else contextlib.nullcontext():
                    if scored:
                        found = scorer(inputs, temperature=0.7, entropy=True)[0]
                    else:
                        found = whole.base_model(**inputs.arguments, use_cache=False).last_hidden_state
                kept, forward, held.peak = held.now - start, held.peak - start, held.now
                loss = found.float().mean()
                del found
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
