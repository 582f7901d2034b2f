"""Log-probabilities of tokens without the logits of all of them: for measuring without TRL, whose kernel does this."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from gradus.estimates.activations import Tile

TILE = Tile(1024, 32_768, 2 + 4 * 4)
"""Without a fused kernel a tile is there in bfloat16 and about four times in float32."""


class TiledLogprobs(torch.autograd.Function):
    """log softmax(hidden weight^T / temperature) at the targets: hidden [N, H], weight [V, H], targets [N] -> [N].

    Tile by tile, forward and back, so that the logits [N, V] are never there whole.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, temperature: float) -> Tensor:
        total = torch.full(targets.shape, -torch.inf, device=hidden.device)
        chosen = torch.zeros_like(total)
        for rows in _parts(len(targets), TILE.tokens):
            for columns in _parts(len(weight), TILE.columns):
                logits = _tile(hidden[rows], weight[columns], temperature)
                total[rows] = torch.logaddexp(total[rows], logits.logsumexp(-1))
                local = targets[rows] - columns.start
                inside = (local >= 0) & (local < logits.shape[1])
                picked = logits.gather(1, local.clamp(0, logits.shape[1] - 1)[:, None])[:, 0]
                chosen[rows] = torch.where(inside, picked, chosen[rows])
        ctx.save_for_backward(hidden, weight, targets, total)
        ctx.temperature = temperature
        return chosen - total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        hidden, weight, targets, total = ctx.saved_tensors
        grad_hidden = torch.zeros(hidden.shape, device=hidden.device)
        grad_weight = torch.zeros(weight.shape, device=weight.device) if ctx.needs_input_grad[1] else None
        for rows in _parts(len(targets), TILE.tokens):
            for columns in _parts(len(weight), TILE.columns):
                tile = _tile(hidden[rows], weight[columns], ctx.temperature)
                tile = tile.sub_(total[rows, None]).exp_().neg_()
                entries = torch.arange(columns.start, columns.stop, device=tile.device)
                tile = (tile + (targets[rows, None] == entries)).mul_(grad[rows, None] / ctx.temperature)
                tile = tile.to(torch.bfloat16)
                grad_hidden[rows] += tile @ weight[columns].to(torch.bfloat16)
                if grad_weight is not None:
                    grad_weight[columns] += tile.T @ hidden[rows].to(torch.bfloat16)
        return grad_hidden.to(hidden.dtype), None if grad_weight is None else grad_weight.to(weight.dtype), None, None


def _parts(size: int, part: int) -> Iterator[slice]:
    yield from (slice(at, min(at + part, size)) for at in range(0, size, part))


def _tile(hidden: Tensor, weight: Tensor, temperature: float) -> Tensor:
    return (hidden.to(torch.bfloat16) @ weight.to(torch.bfloat16).T).float().div_(temperature)
