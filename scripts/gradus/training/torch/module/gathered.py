"""Rollouts of a model that ranks have divided, by a copy of the whole on each of them.

Completions of each rank's prompts end at lengths of their own, so that it has to decode by itself: layers that are
gathered as they compute would keep ranks in step, and take five times as long on two processes of a CPU.
"""

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.transformers.engine import TransformersEngine, Way
from gradus.training.adapters import whole_weights
from gradus.training.causal_lm import network_of
from gradus.training.torch.module.sharded import Sharded


class GatheredRollouts:
    """See `gradus.training.rollouts.protocol`. `push` is for all ranks to call, `generate` for each by itself."""

    def __init__(self, sharded: Sharded, bf16: bool) -> None:
        self._sharded, self._bf16 = sharded, bf16
        self._network: PreTrainedModel | None = None
        self._engine: TransformersEngine | None = None
        self._way: Way | None = None

    def push(self) -> None:
        self.sleep()  # before there is another copy
        self._network = network_of(self._sharded.whole(torch.bfloat16 if self._bf16 else None)).eval()
        self._engine = TransformersEngine(self._network)
        self._engine.way = self._way

    def generate(
        self, prompts: Sequence[Sequence[int]], *, seeds: Sequence[int], decoding: Decoding
    ) -> list[Completion]:
        assert self._engine is not None  # weights were pushed
        assert self._network is not None
        kind = self._sharded.ranks.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=self._bf16), whole_weights(self._network):
            completions = self._engine.generate(prompts, seeds=seeds, decoding=decoding)
        self._way = self._engine.way  # which need not be found out again
        return completions

    def sleep(self) -> None:
        self._engine = self._network = None
