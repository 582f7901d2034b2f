"""Choices by the embedded network, on one CPU thread.

Shape suffixes: B texts, T positions, H hidden size.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from gradus.models.cpu import use_one_fast_thread
from gradus.models.lora import load_adapter, merged
from gradus.models.opened import ModelFolders
from gradus.models.qwen3 import hidden_states
from gradus.models.store import load_model
from gradus.provenance.job import Job
from gradus.sampling.batches import batches
from gradus.sampling.choices import ChatChooser, Choice, Progress

READ_TOKENS = 4096
"""Texts are read together up to so many tokens, padding included."""


class TorchChoiceEngine:
    """A dense model, with an adapter merged into it where there is one."""

    def __init__(self, folder: Path, adapter: Path | None = None) -> None:
        self._arch, self._weights = load_model(folder)
        if adapter is not None:
            self._weights = merged(self._weights, load_adapter(adapter, self._arch))
        self.positions = self._arch.max_position_embeddings

    @torch.inference_mode()
    def choose(self, choices: Sequence[Choice], on_progress: Progress) -> list[float]:
        """As `ChoiceEngine` says. The same call gives the same bytes."""
        found: dict[int, float] = {}
        for places in batches([len(ids) for ids, *_ in choices], READ_TOKENS):
            found |= dict(zip(places, self._read([choices[place] for place in places]), strict=True))
            on_progress(len(places))
        return [found[place] for place in range(len(choices))]

    def _read(self, choices: list[Choice]) -> list[float]:
        width = max(len(ids) for ids, *_ in choices)
        ids_B_T = torch.tensor([[*ids, *[0] * (width - len(ids))] for ids, *_ in choices])
        lengths_B = torch.tensor([len(ids) for ids, *_ in choices])
        segments_B_T = torch.where(torch.arange(width) < lengths_B[:, None], 0, -1)
        hidden_B_T_H = hidden_states(self._weights, self._arch, ids_B_T, segments_B_T)
        last_B_H = hidden_B_T_H[torch.arange(len(choices)), lengths_B - 1]
        either_B_2 = torch.tensor([[first, second] for _, first, second in choices])
        heads_B_2_H = self._weights["model.embed_tokens.weight"][either_B_2]
        logits_B_2 = (heads_B_2_H * last_B_H[:, None]).sum(-1)
        return logits_B_2.double().softmax(-1)[:, 0].tolist()


def open_chooser(_job: Job[Any], model: ModelFolders) -> ChatChooser:
    use_one_fast_thread()
    return ChatChooser(model.dense, TorchChoiceEngine(model.dense, model.adapter))
