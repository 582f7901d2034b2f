"""Texts one after the other in a single row, and which of them attend to which.

A segment is a run of tokens that attend to their own past and, where they continue a prompt, to all of the prompt. A
prompt is then read once for all its completions, and nothing is computed for padding but inside attention on a CPU.

Shape suffixes: T tokens of the row, B segments of a bucket, Q and J their tokens as queries and keys.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

import torch
from torch import Tensor

from gradus.models.attention import Packing

LEAST_FILLED = 0.5
"""Of the longest segment of a bucket: shorter ones begin the next."""


class Bucket:
    """Neighbouring segments of like lengths, as right-padded rows.

    prompts: for each, its prompt's place among the segments, if these continue prompts. prompt_lengths: in tokens.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        prompts: Sequence[int] | None,
        prompt_lengths: Sequence[int],
        device: torch.device,
    ) -> None:
        self.tokens, self.rows, self.width = sum(lengths), len(lengths), max(lengths)
        self.packing = Packing.of(torch.tensor(lengths), self.width).to(device)
        self.prompts_B = None if prompts is None else torch.tensor(prompts, device=device)
        self.prompt_width = max(prompt_lengths, default=0)
        self._lengths_B, self._prompt_lengths_B = torch.tensor(lengths), torch.tensor(prompt_lengths)
        self._device = device
        self._biases: dict[tuple[int | None, torch.dtype, int], Tensor] = {}

    def bias(self, window: int | None, dtype: torch.dtype, heads: int) -> Tensor:
        """[B * heads, 1, Q, prompt width + J]: 0 where a query attends, else -inf. window: to how many tokens, itself
        among them."""
        key = (window, dtype, heads)
        if key not in self._biases:
            seen = self._seen(window).to(self._device)
            bias = torch.zeros(seen.shape, dtype=dtype, device=self._device).masked_fill_(~seen, float("-inf"))
            self._biases[key] = bias[:, None].repeat_interleave(heads, dim=0)
        return self._biases[key]

    def _seen(self, window: int | None) -> Tensor:
        """[B, Q, prompt width + J]. A query of the padding attends to the first key: no softmax is over nothing."""
        own_J = torch.arange(self.width)
        before_B_S = torch.arange(self.prompt_width).expand(self.rows, -1)
        begins_B = torch.zeros_like(self._lengths_B) if self.prompts_B is None else self._prompt_lengths_B
        query_B_Q = begins_B[:, None] + own_J
        key_B_J = torch.cat([before_B_S, query_B_Q], dim=1)
        real_B_Q = own_J < self._lengths_B[:, None]
        real_B_J = torch.cat([before_B_S < begins_B[:, None], real_B_Q], dim=1)
        distance_B_Q_J = query_B_Q[:, :, None] - key_B_J[:, None]
        seen_B_Q_J = real_B_J[:, None] & (distance_B_Q_J >= 0)
        if window is not None:
            seen_B_Q_J &= distance_B_Q_J < window
        seen_B_Q_J[:, :, 0] |= ~real_B_Q
        return seen_B_Q_J


class Segments:
    """Segments in the order of a row.

    lengths: in tokens, none of them 0. prompts: for each segment, the place of the one that it continues. Prompts come
    first.
    """

    def __init__(self, lengths: Sequence[int], prompts: Sequence[int | None], device: torch.device) -> None:
        self.lengths, self.prompts, self.device = list(lengths), list(prompts), device
        self.starts = [0, *accumulate(self.lengths)][:-1]

    def positions(self) -> list[int]:
        """[T]: of each token in its text."""
        begins = (0 if prompt is None else self.lengths[prompt] for prompt in self.prompts)
        pairs = zip(begins, self.lengths, strict=True)
        return [place for begin, length in pairs for place in range(begin, begin + length)]

    @cached_property
    def buckets(self) -> list[Bucket]:
        """In the order of the row. All prompts are one, whose keys its completions take from there."""
        shared = any(prompt is not None for prompt in self.prompts)
        ends = [0]
        for place, (length, prompt) in enumerate(zip(self.lengths, self.prompts, strict=True)):
            head = ends[-1]
            prompts_end = prompt is not None and self.prompts[head] is None
            together = shared and prompt is None
            if prompts_end or (length < LEAST_FILLED * self.lengths[head] and not together):
                ends.append(place)
        found = []
        for begin, end in zip(ends, [*ends[1:], len(self.lengths)], strict=True):
            prompts = [prompt for prompt in self.prompts[begin:end] if prompt is not None]
            before = [self.lengths[prompt] for prompt in prompts]
            found.append(Bucket(self.lengths[begin:end], prompts or None, before, self.device))
        return found

    @cached_property
    def runs(self) -> "Runs":
        return Runs(self)


class Runs:
    """The same for kernels of variable lengths: all queries in the row's order, and for each segment the keys of its
    prompt and its own, one segment after the other. `key_places` are the keys' places in the row; None: its order."""

    def __init__(self, segments: Segments) -> None:
        own = [
            torch.arange(start, start + length) for start, length in zip(segments.starts, segments.lengths, strict=True)
        ]
        keys = [
            places if prompt is None else torch.cat([own[prompt], places])
            for prompt, places in zip(segments.prompts, own, strict=True)
        ]
        lengths = [len(places) for places in keys]
        self.longest_query, self.longest_key = max(segments.lengths), max(lengths)
        self.query_ends = self._ends(segments.lengths, segments.device)
        self.key_ends = self._ends(lengths, segments.device)
        shared = any(prompt is not None for prompt in segments.prompts)
        self.key_places = torch.cat(keys).to(segments.device) if shared else None

    @staticmethod
    def _ends(lengths: Sequence[int], device: torch.device) -> Tensor:
        return torch.tensor([0, *accumulate(lengths)], dtype=torch.int32, device=device)
