"""Rows of supervised fine-tuning as tensors: one example each, or several that do not see each other.

Shape suffixes: B rows, T positions.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from gradus.training.batches import Example, padded

IGNORED_LABEL = -100
"""Label of a token that the loss does not count, in transformers."""

MAX_LOGIT_SHIFT = 0.01
"""In standard deviations of the logits: how far rounding may move them when an example beside theirs changes."""

Batch = dict[str, Tensor]


def collated(examples: list[Example]) -> Batch:
    """One example a row: right-padded `input_ids`, `attention_mask` and `labels` [B, T], and `tokens` [B] of each row.

    The loss counts the assistant's tokens, which TRL would find by patching the chat template; here they come from the
    template as it is.
    """
    tokens_B = torch.tensor([len(ids) for ids, _ in examples])
    ids_B_T = padded([ids for ids, _ in examples], fill=0)
    real_B_T = (torch.arange(ids_B_T.shape[1]) < tokens_B[:, None]).long()
    labels_B_T = padded([_labels(example) for example in examples], fill=IGNORED_LABEL)
    return {"input_ids": ids_B_T, "attention_mask": real_B_T, "labels": labels_B_T, "tokens": tokens_B}


def packed_rows(rows: list[list[Example]]) -> Batch:
    """Several examples a row: `input_ids`, `position_ids` and `labels` [B, T], and `tokens` [B] of each row.

    Positions begin anew with each example, and with the padding. Where there is no attention mask transformers reads
    from them which tokens belong together.
    """
    tokens_B = torch.tensor([sum(len(ids) for ids, _ in row) for row in rows])
    width = int(tokens_B.max())
    positions = [[place for ids, _ in row for place in range(len(ids))] for row in rows]
    return {
        "input_ids": padded([[token for ids, _ in row for token in ids] for row in rows], fill=0),
        "position_ids": torch.tensor([[*row, *range(width - len(row))] for row in positions]),
        "labels": padded(
            [[label for example in row for label in _labels(example)] for row in rows], fill=IGNORED_LABEL
        ),
        "tokens": tokens_B,
    }


def _labels(example: Example) -> list[int]:
    """The tokens that the loss counts; never the first, since nothing comes before it that could predict it."""
    ids, learned = example
    return [
        IGNORED_LABEL,
        *(token if counts else IGNORED_LABEL for token, counts in zip(ids[1:], learned[1:], strict=True)),
    ]


def see_each_other(logits: Callable[[Batch], Tensor]) -> bool:
    """Whether a network lets examples of a packed row see each other, as recurrent ones do: found by changing one.

    logits: [B, T, vocabulary] of a batch.
    """
    first, second, last = ((list(range(at, at + 8)), [True] * 8) for at in (3, 11, 19))
    one, other = (
        logits(packed_rows([[before, last], [last, before, last]]))[:, -8:].float() for before in (first, second)
    )
    return bool((one - other).abs().max() > MAX_LOGIT_SHIFT * one.std())
