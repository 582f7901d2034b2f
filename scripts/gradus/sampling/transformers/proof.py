"""Whether slots give a model's own logits: found out with a few tokens, as names of families prove nothing.

Shape suffixes: B rows, V vocabulary.
"""

import torch
from torch import Tensor
from transformers import PreTrainedModel

from gradus.sampling.transformers.attention import attention_over_slots
from gradus.sampling.transformers.cache import SlotCache, computed_dtype
from gradus.sampling.transformers.reading import read
from gradus.sampling.transformers.steps import next_logits

READ, WRITTEN = (7, 4), 2
"""Tokens of two rows that are read, and how many follow one by one: rows at positions of their own."""

ROOM = 32

NEAR, NEAR_IN_FLOAT32 = 0.1, 0.01
"""Of the logits' standard deviation. Rounding to bfloat16 is a tenth of it, a wrong place or mask ten times it."""


def decodes_in_slots(model: PreTrainedModel, by_length: bool) -> bool:
    """For a model whose layers are known; see `SlotCache` for `by_length`."""
    texts = [[(17 * row + 5 * place) % 23 + 1 for place in range(known + WRITTEN)] for row, known in enumerate(READ)]
    found_B_V = _last_logits(model, texts, by_length)
    for text, found_V in zip(texts, found_B_V, strict=True):
        own_V = model(input_ids=torch.tensor([text], device=model.device), use_cache=False).logits[0, -1]
        near = NEAR_IN_FLOAT32 if own_V.dtype == torch.float32 else NEAR
        # Not so of what is not a number, too.
        if not (own_V.float() - found_V).square().mean().sqrt() < near * own_V.float().std():
            return False
    return True


def _last_logits(model: PreTrainedModel, texts: list[list[int]], by_length: bool) -> Tensor:
    """After the last token of each text [B, V]."""
    firsts = [read(model, [text[:known]]) for text, known in zip(texts, READ, strict=True)]
    cache = SlotCache(firsts[0], len(READ), ROOM, computed_dtype(model), by_length)
    for row, known in enumerate(READ):
        cache.load(row, firsts[row], 0, known)
    for step in range(WRITTEN):
        positions_B = torch.tensor(READ, device=model.device) + step
        tokens_B = torch.tensor([text[known + step] for text, known in zip(texts, READ, strict=True)])
        cache.show(positions_B, ROOM)
        with attention_over_slots(model, by_length):
            logits_B_V = next_logits(model, tokens_B.to(model.device), positions_B, cache)
    return logits_B_V
