"""Log-probabilities of given texts by the embedded network, on one CPU thread.

A text with several continuations is read once.

Shape suffixes: P texts, S their positions, N continuations, C their positions, M tokens of continuations.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gradus.models.cpu import use_one_fast_thread
from gradus.models.lora import load_adapter, merged
from gradus.models.opened import ModelFolders
from gradus.models.qwen3 import completion_hidden, token_logprobs
from gradus.models.store import load_model
from gradus.provenance.job import Job
from gradus.sampling.batches import batches
from gradus.sampling.likelihoods import Continued, Progress, TextReader

READ_TOKENS = 4096
"""Texts are read together up to so many tokens with their continuations, padding included."""


class TorchReader:
    """A dense model, with an adapter merged into it where there is one."""

    def __init__(self, folder: Path, adapter: Path | None = None) -> None:
        self._arch, self._weights = load_model(folder)
        if adapter is not None:
            self._weights = merged(self._weights, load_adapter(adapter, self._arch))
        self.positions = self._arch.max_position_embeddings + 1  # the last token is not read

    @torch.inference_mode()
    def logprobs(self, texts: Sequence[Continued], on_progress: Progress) -> list[float]:
        """As `LikelihoodEngine` says. The same call gives the same bytes."""
        after: dict[tuple[int, ...], list[int]] = {}
        for place, text in enumerate(texts):
            after.setdefault(tuple(text.context), []).append(place)
        groups = list(after.items())
        sizes = [len(context) + sum(len(texts[place].continuation) for place in places) for context, places in groups]
        found: dict[int, float] = {}
        for batch in batches(sizes, READ_TOKENS):
            contexts = [list(groups[number][0]) for number in batch]
            places = [place for number in batch for place in groups[number][1]]
            owners = [row for row, number in enumerate(batch) for _ in groups[number][1]]
            read = self._read(contexts, [list(texts[place].continuation) for place in places], owners)
            found |= dict(zip(places, read, strict=True))
            on_progress(len(places))
        return [found[place] for place in range(len(texts))]

    def _read(self, contexts: list[list[int]], continuations: list[list[int]], owners: list[int]) -> list[float]:
        contexts_P_S, context_lengths_P = _padded(contexts)
        continuations_N_C, lengths_N = _padded(continuations)
        hidden_N_C_H = completion_hidden(
            self._weights,
            self._arch,
            contexts_P_S,
            context_lengths_P,
            continuations_N_C,
            torch.tensor(owners),
            lengths_N,
        )
        is_token_N_C = torch.arange(continuations_N_C.shape[1]) < lengths_N[:, None]
        found_M, _ = token_logprobs(self._weights, hidden_N_C_H[is_token_N_C], continuations_N_C[is_token_N_C])
        return [float(row.double().sum()) for row in found_M.split(lengths_N.tolist())]


def _padded(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    width = max(map(len, rows))
    return torch.tensor([[*row, *[0] * (width - len(row))] for row in rows]), torch.tensor([len(row) for row in rows])


def open_reader(_job: Job[Any], model: ModelFolders, _journal: Path) -> TextReader:
    use_one_fast_thread()
    return TextReader(model.dense, TorchReader(model.dense, model.adapter))
