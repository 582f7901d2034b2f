"""A model of transformers before its pretraining, in float32 on the CPU."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils.logging import disable_progress_bar

from gradus.models.folders import save_dense


class Untrained:
    """See `gradus.training.torch.pretrain.UntrainedModel`."""

    def __init__(self, family: str, shape: dict[str, Any], seed: int) -> None:
        disable_progress_bar()
        config = AutoConfig.for_model(family, tie_word_embeddings=True, **shape)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self._model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        self.parameters: dict[str, Tensor] = dict(self._model.named_parameters())

    def logits(self, ids_B_T: Tensor) -> Tensor:
        return self._model(input_ids=ids_B_T, use_cache=False).logits

    def save(self, directory: Path) -> None:
        save_dense(self._model, directory, torch.float32)


def untrained_model(family: str, shape: dict[str, Any], seed: int) -> Untrained:
    """`shape`: of the keys of a `config.json`, with `eos_token_id` and `pad_token_id`."""
    return Untrained(family, shape, seed)
