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

NEAR = 0.1
"""Of the logits' standard deviation. Rounding to bfloat16 is a tenth of it, a wrong place or mask ten times it."""


def decodes_in_slots(model: PreTrainedModel) -> bool:
    """For a model whose layers are known."""
    texts = [[(17 * row + 5 * place) % 23 + 1 for place in range(known + WRITTEN)] for row, known in enumerate(READ)]
    differences = []
    for text, last in zip(texts, _last_logits(model, texts), strict=True):
        own = model(input_ids=torch.tensor([text], device=model.device), use_cache=False).logits[0, -1].float()
        differences.append(((own - last).square().mean() / own.var()).sqrt())
    return bool(torch.stack(differences).max() < NEAR)


def _last_logits(model: PreTrainedModel, texts: list[list[int]]) -> Tensor:
    """After the last token of each text [B, V]."""
    firsts = [read(model, [text[:known]]) for text, known in zip(texts, READ, strict=True)]
    cache = SlotCache(firsts[0], len(READ), max(map(len, texts)), computed_dtype(model))
    for row, known in enumerate(READ):
        cache.load(row, firsts[row], 0, known)
    for step in range(WRITTEN):
        positions_B = torch.tensor(READ, device=model.device) + step
        tokens_B = torch.tensor([text[known + step] for text, known in zip(texts, READ, strict=True)])
        cache.show(positions_B, max(map(len, texts)))
        with attention_over_slots(model):
            logits_B_V = next_logits(model, tokens_B.to(model.device), positions_B, cache)
    return logits_B_V
