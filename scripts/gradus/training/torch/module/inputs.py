"""Sequences as a transformers model reads them: one after the other in a single row, or padded where that will not do.

Shape suffixes: B rows, T positions, M tokens that are predicted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gradus.training.batches import Example, padded


@dataclass(frozen=True)
class Inputs:
    """arguments: what the model is called with. predicting_M: places in the flattened [B * T] hidden states from which
    the learned tokens are predicted. targets_M: those tokens, example by example."""

    arguments: dict[str, Tensor]
    predicting_M: Tensor
    targets_M: Tensor


def inputs_of(examples: Sequence[Example], device: torch.device, packed: bool) -> Inputs:
    """packed: positions begin anew with each example, by which transformers, where it gets no attention mask, knows
    what belongs together (so there is no padding, and no example sees another)."""
    lengths = [len(ids) for ids, _ in examples]
    if packed:
        starts = [sum(lengths[:index]) for index in range(len(lengths))]
        arguments = {
            "input_ids": torch.tensor([[token for ids, _ in examples for token in ids]]),
            "position_ids": torch.tensor([[place for length in lengths for place in range(length)]]),
        }
    else:
        width = max(lengths)
        starts = [row * width for row in range(len(lengths))]
        arguments = {
            "input_ids": padded([ids for ids, _ in examples], fill=0),
            "attention_mask": (torch.arange(width) < torch.tensor(lengths)[:, None]).long(),
        }
    predicting, targets = [], []
    for start, (ids, learned) in zip(starts, examples, strict=True):
        places = [place for place in range(1, len(ids)) if learned[place]]  # nothing predicts the first token
        predicting += [start + place - 1 for place in places]
        targets += [ids[place] for place in places]
    moved = {name: tensor.to(device) for name, tensor in arguments.items()}
    return Inputs(moved, torch.tensor(predicting, device=device), torch.tensor(targets, device=device))
