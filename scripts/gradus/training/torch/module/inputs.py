"""Texts as a transformers model reads them: one after the other in a single row, prompts once for all that continues
them, or padded where that will not do.

Shape suffixes: B rows, T positions, M tokens that are predicted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gradus.training.batches import Example, padded
from gradus.training.torch.module.segments import Segments

Group = tuple[list[int], list[list[int]]]
"""The ids of a prompt, and of each of its completions, all of whose tokens are learned."""


@dataclass(frozen=True)
class Inputs:
    """arguments: what the model is called with. predicting_M: places in the flattened [B * T] hidden states from which
    the learned tokens are predicted. targets_M: those tokens, example by example."""

    arguments: dict[str, Any]
    predicting_M: Tensor
    targets_M: Tensor


def padded_inputs(examples: Sequence[Example], device: torch.device) -> Inputs:
    """One example a row."""
    lengths = [len(ids) for ids, _ in examples]
    width = max(lengths)
    arguments = {
        "input_ids": padded([ids for ids, _ in examples], fill=0).to(device),
        "attention_mask": (torch.arange(width) < torch.tensor(lengths)[:, None]).long().to(device),
    }
    predicting, targets = [], []
    for row, (ids, learned) in enumerate(examples):
        places = _predicted(learned)
        predicting += [row * width + place - 1 for place in places]
        targets += [ids[place] for place in places]
    return Inputs(arguments, torch.tensor(predicting, device=device), torch.tensor(targets, device=device))


def packed_inputs(examples: Sequence[Example], device: torch.device) -> Inputs:
    """All in one row. The last token of each predicts nothing, so it is not read."""
    order = sorted(range(len(examples)), key=lambda i: -len(examples[i][0]))
    lengths = [max(1, len(examples[i][0]) - 1) for i in order]
    segments = Segments(lengths, [None] * len(order), device)
    starts = dict(zip(order, segments.starts, strict=True))
    predicting, targets = [], []
    for index, (ids, learned) in enumerate(examples):
        places = _predicted(learned)
        predicting += [starts[index] + place - 1 for place in places]
        targets += [ids[place] for place in places]
    texts = [examples[i][0][:length] for i, length in zip(order, lengths, strict=True)]
    return _row(texts, segments, predicting, targets)


def shared_inputs(groups: Sequence[Group], device: torch.device) -> Inputs:
    """All in one row: the prompts, then what continues them, each without its last token. Completions have a token at
    least; what predicts their first is the prompt."""
    texts = [prompt for prompt, _ in groups]
    places = [(group, each) for group, (_, completions) in enumerate(groups) for each in range(len(completions))]
    read = [place for place in places if len(groups[place[0]][1][place[1]]) > 1]
    read.sort(key=lambda place: -len(groups[place[0]][1][place[1]]))
    texts += [groups[group][1][each][:-1] for group, each in read]
    prompts = [None] * len(groups) + [group for group, _ in read]
    segments = Segments([len(text) for text in texts], prompts, device)
    starts = dict(zip(read, segments.starts[len(groups) :], strict=True))
    predicting, targets = [], []
    for group, each in places:
        prompt, completion = groups[group][0], groups[group][1][each]
        predicting.append(segments.starts[group] + len(prompt) - 1)
        predicting += range(starts.get((group, each), 0), starts.get((group, each), 0) + len(completion) - 1)
        targets += completion
    return _row(texts, segments, predicting, targets)


def _predicted(learned: Sequence[bool]) -> list[int]:
    return [place for place in range(1, len(learned)) if learned[place]]  # nothing predicts the first token


def _row(texts: Sequence[list[int]], segments: Segments, predicting: list[int], targets: list[int]) -> Inputs:
    device = segments.device
    arguments = {
        "input_ids": torch.tensor([[token for text in texts for token in text]], device=device),
        "position_ids": torch.tensor([segments.positions()], device=device),
        # Handed on as it is because it has four dimensions, and read by none: else one of T x T would be made.
        "attention_mask": torch.ones(1, 1, 1, 1, dtype=torch.bool, device=device),
        "segments": segments,
    }
    return Inputs(arguments, torch.tensor(predicting, device=device), torch.tensor(targets, device=device))
