"""Rollouts of a model that ranks have divided, by a copy of the whole on each of them.

Completions of each rank's prompts end at lengths of their own, so that it has to decode by itself: layers that are
gathered as they compute would keep ranks in step, and take five times as long on two processes of a CPU.
"""

from collections.abc import Sequence

import torch

from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.transformers.engine import TransformersEngine
from gradus.training.causal_lm import network_of
from gradus.training.torch.module.sharded import Sharded


class GatheredRollouts:
    """See `gradus.training.rollouts.protocol`. `push` is for all ranks to call, `generate` for each by itself."""

    def __init__(self, sharded: Sharded, bf16: bool) -> None:
        self._sharded, self._bf16 = sharded, bf16
        self._engine: TransformersEngine | None = None
        self._in_slots: bool | None = None

    def push(self) -> None:
        self._engine = None  # before there is another copy
        model = self._sharded.whole(torch.bfloat16 if self._bf16 else None)
        self._engine = TransformersEngine(network_of(model).eval())
        self._engine.in_slots = self._in_slots

    def generate(
        self, prompts: Sequence[Sequence[int]], *, seeds: Sequence[int], decoding: Decoding
    ) -> list[Completion]:
        assert self._engine is not None  # weights were pushed
        with torch.autocast(self._sharded.ranks.device.type, torch.bfloat16, enabled=self._bf16):
            completions = self._engine.generate(prompts, seeds=seeds, decoding=decoding)
        self._in_slots = self._engine.in_slots  # which need not be found out again
        return completions

    def sleep(self) -> None:
        self._engine = None
