"""Steps of one token a row: the same code on every device, and on a GPU a recording of it (a CUDA graph).

Launched one by one, the kernels of a step take ten times as long as what they do: 127 ms a token were measured on an
H100 for a 4B shape, 15 ms as a graph. A graph is of one number of rows and one length.

Shape suffixes: B rows, N steps in a row, S slots, V vocabulary.
"""

import logging

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from gradus.sampling.protocol import Decoding
from gradus.sampling.torch.draws import draw
from gradus.sampling.transformers.attention import attention_over_slots
from gradus.sampling.transformers.cache import SlotCache

log = logging.getLogger(__name__)

Shape = tuple[int, int]
"""Rows and length of a step."""


class Steps:
    """slots, last: how many there are, and the last position that any of them may take; most: steps of one `run`."""

    def __init__(
        self, model: PreTrainedModel, cache: SlotCache, decoding: Decoding, slots: int, last: int, most: int
    ) -> None:
        self._model, self._cache, self._decoding, self._last = model, cache, decoding, last
        device = model.device
        # Graphs read and write these tensors: they stay where they are.
        self._tokens_S = torch.zeros(slots, dtype=torch.long, device=device)
        self._positions_S = torch.zeros(slots, dtype=torch.long, device=device)
        self._numbers_N_S = torch.zeros(most, slots, dtype=torch.float64, device=device)
        self._drawn_N_S = torch.zeros(most, slots, dtype=torch.long, device=device)
        self._logprobs_N_S = torch.zeros(most, slots, device=device)
        self._step_1 = torch.zeros(1, dtype=torch.long, device=device)
        self._records = device.type == "cuda"
        self._seen: set[Shape] = set()
        self._graphs: dict[Shape, torch.cuda.CUDAGraph] = {}

    def run(
        self, tokens_B: np.ndarray, positions_B: np.ndarray, numbers_N_B: np.ndarray, length: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw N tokens a row, of which each is the next input: tokens and log-probabilities [N, B].

        length: positions that are attended to; above all that the rows take.
        """
        steps, rows = numbers_N_B.shape
        self._tokens_S[:rows] = torch.from_numpy(tokens_B)
        self._positions_S[:rows] = torch.from_numpy(positions_B)
        self._numbers_N_S[:steps, :rows] = torch.from_numpy(numbers_N_B)
        self._step_1.zero_()
        with attention_over_slots(self._model, self._cache.by_length):
            for _ in range(steps):
                self._take((rows, length))
        drawn_N_B, logprobs_N_B = self._drawn_N_S[:steps, :rows], self._logprobs_N_S[:steps, :rows]
        return drawn_N_B.cpu().numpy(), logprobs_N_B.cpu().numpy()

    def _take(self, shape: Shape) -> None:
        if shape in self._graphs:
            self._graphs[shape].replay()
        elif not self._records or shape not in self._seen:
            # The first of a shape is computed as it is: it makes what may not be made within a recording.
            self._seen.add(shape)
            self._compute(shape)
        else:
            self._record(shape)

    def _record(self, shape: Shape) -> None:
        """Take the step as a graph, kept for the next ones."""
        # They run one after the other and leave nothing in it: all may use the same memory.
        pool = next(iter(self._graphs.values())).pool() if self._graphs else None
        try:
            graph = torch.cuda.CUDAGraph()
            # Under overlap another thread trains meanwhile, whose calls are no part of what is recorded.
            with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
                self._compute(shape)
        except RuntimeError as error:
            log.warning("decoding goes on without CUDA graphs, several times slower: %s", error)
            self._records = False
            self._compute(shape)
        else:
            self._graphs[shape] = graph
            graph.replay()

    def _compute(self, shape: Shape) -> None:
        rows, length = shape
        tokens_B, positions_B = self._tokens_S[:rows], self._positions_S[:rows]
        self._cache.show(positions_B, length)
        logits_B_V = next_logits(self._model, tokens_B, positions_B, self._cache)
        numbers_B = self._numbers_N_S.index_select(0, self._step_1)[0, :rows]
        drawn_B, logprobs_B = draw(logits_B_V, numbers_B, self._decoding)
        self._drawn_N_S[:, :rows].index_copy_(0, self._step_1, drawn_B[None])
        self._logprobs_N_S[:, :rows].index_copy_(0, self._step_1, logprobs_B[None])
        self._step_1.add_(1)
        tokens_B.copy_(drawn_B)
        # A row whose answer has ended within the run writes to a place of its own that is not read.
        positions_B.add_(1).clamp_(max=self._last)


def next_logits(model: PreTrainedModel, tokens_B: Tensor, positions_B: Tensor, cache: SlotCache) -> Tensor:
    """Logits [B, V] after one more token a row. The cache has been shown the positions."""
    found = model(input_ids=tokens_B[:, None], position_ids=positions_B[:, None], past_key_values=cache, use_cache=True)
    return found.logits[:, -1].float()
