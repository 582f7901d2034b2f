"""A decoder of transformers that is pretrained on a text: on one device, or divided among ranks by FSDP2.

Weights, gradients and moments are float32; with `bf16` passes compute in bfloat16.
"""

import contextlib
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import PreTrainedModel

from gradus.models.cpu import use_fast_products
from gradus.models.folders import save_dense
from gradus.training.ranks import Ranks
from gradus.training.torch.module.sharded import Sharded

WHOLE_GRADIENTS = 10**9
"""Parameters up to which a rank keeps all gradients until the last pass of a step, 4 bytes each, and averages once."""


class TextNetwork:
    """`parameters`: by Hugging Face's names, of a rank its shares."""

    def __init__(self, model: PreTrainedModel, ranks: Ranks, bf16: bool, checkpointing: bool) -> None:
        self._model, self._ranks, self._bf16 = model, ranks, bf16
        self.device = ranks.device
        if self.device.type == "cpu":
            use_fast_products()
        self.size = sum(parameter.numel() for parameter in model.parameters())
        self.parameters: dict[str, Tensor] = dict(model.named_parameters())
        self._summed_loss = self._summed_loss_alone
        self._sharded: Sharded | None = None
        if ranks.together:
            self._sharded = Sharded(model, ranks, bf16)
            self.parameters = {**self._sharded.parameters}
            self._summed_loss = self._sharded.within(self._summed_loss_alone)
        else:
            model.to(self.device)
        if checkpointing:
            model.gradient_checkpointing_enable({"use_reentrant": False})
        model.train()

    def begin_pass(self, last: bool) -> None:
        """To be told before each pass forward and back; last: of those before an update."""
        if self._sharded is not None and self.size <= WHOLE_GRADIENTS:
            self._sharded.reduce_at_last(last)

    def summed_loss(self, ids_B_T: Tensor) -> Tensor:
        """Negative log-likelihood, summed over all tokens but the first of each row."""
        return self._summed_loss(ids_B_T.to(self.device))

    def _summed_loss_alone(self, ids_B_T: Tensor) -> Tensor:
        with self._precision():
            logits_B_T_V = self._model(input_ids=ids_B_T[:, :-1], use_cache=False).logits
        return F.cross_entropy(logits_B_T_V.float().flatten(0, 1), ids_B_T[:, 1:].flatten(), reduction="sum")

    def _precision(self) -> contextlib.AbstractContextManager[object]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16)

    def save(self, folder: Path) -> None:
        """As a model folder, but for the tokenizer. To be called by all ranks, of which the first writes."""
        model = self._model if self._sharded is None else self._sharded.to_save()
        if model is not None:
            assert isinstance(model, PreTrainedModel)  # and no adapter
            save_dense(model, folder, torch.float32)
        self._ranks.wait()
