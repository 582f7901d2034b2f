"""A model of transformers before its pretraining, in float32 on the CPU."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils.logging import disable_progress_bar

from gradus.models.config_names import GPT2, GPT2_NAMES
from gradus.models.folders import save_dense
from gradus.models.ternary import make_ternary, save_latents


class Untrained:
    """See `gradus.training.torch.pretrain.UntrainedModel`."""

    def __init__(self, family: str, shape: dict[str, Any], seed: int, ternary: bool) -> None:
        disable_progress_bar()
        sizes = gpt2_sizes(shape) if family == GPT2 else shape
        config = AutoConfig.for_model(family, tie_word_embeddings=True, **sizes)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        if ternary:
            make_ternary(self.model)
        self.parameters: dict[str, Tensor] = {n: p for n, p in self.model.named_parameters() if p.requires_grad}

    def logits(self, ids_B_T: Tensor) -> Tensor:
        return self.model(input_ids=ids_B_T, use_cache=False).logits

    def save(self, directory: Path) -> None:
        save_dense(self.model, directory, torch.float32)
        save_latents(self.model, directory)


def gpt2_sizes(shape: dict[str, Any]) -> dict[str, Any]:
    """A decoder's keys by GPT-2's own names. It is pretrained without dropout, as by nanoGPT, and has no token that
    texts begin with: transformers would take one beyond a small vocabulary."""
    own = {name: shape[said] for name, said in GPT2_NAMES.items()}
    kept = {key: shape[key] for key in ("vocab_size", "eos_token_id", "pad_token_id")}
    return own | kept | {"bos_token_id": None} | dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0)


def untrained_model(family: str, shape: dict[str, Any], seed: int, ternary: bool) -> Untrained:
    """`shape`: of the keys of a `config.json`, with `eos_token_id` and `pad_token_id`."""
    return Untrained(family, shape, seed, ternary)
