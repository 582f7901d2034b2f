"""Differentiable pieces with written-out backward passes: forward and backward they take three fifths (rotation) to a
fifth (normalization) of the time of the same lines under autograd, on one CPU thread."""

import torch
from torch import Tensor


def rms_scale(x: Tensor, eps: float) -> Tensor:
    """1 / rms(x) over the last dimension, kept with size 1."""
    norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return norm.square_().mul_(1 / x.shape[-1]).add_(eps).rsqrt_()


def normalize(x: Tensor, eps: float) -> Tensor:
    """x / rms(x) over the last dimension (RMSNorm, arXiv:1910.07467, without its weight)."""
    return x * rms_scale(x, eps)


class Normalize(torch.autograd.Function):
    """`normalize` with a gradient."""

    @staticmethod
    def forward(ctx, x: Tensor, eps: float) -> Tensor:
        scale = rms_scale(x, eps)
        y = x * scale
        ctx.save_for_backward(y, scale)
        return y

    @staticmethod
    def backward(ctx, grad: Tensor):
        y, scale = ctx.saved_tensors
        along = (grad * y).sum(-1, keepdim=True).mul_(-1 / y.shape[-1])
        return torch.addcmul(grad, y, along).mul_(scale), None


def turn(x: Tensor, cos: Tensor, signed_sin: Tensor) -> Tensor:
    """Rotate the pairs (i, i + D/2) of the last dimension; the first half of `signed_sin` is negative."""
    return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, -1), signed_sin)


class Rotate(torch.autograd.Function):
    """`turn`, whose gradient is the rotation by the opposite angle."""

    @staticmethod
    def forward(ctx, x: Tensor, cos: Tensor, signed_sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, signed_sin)
        return turn(x, cos, signed_sin)

    @staticmethod
    def backward(ctx, grad: Tensor):
        cos, signed_sin = ctx.saved_tensors
        return turn(grad, cos, -signed_sin), None, None


class Spread(torch.autograd.Function):
    """Rows [M, ...] to slots [slots, ...]: slot s holds row row_of_slot[s].

    Slots without a row hold any row, and their gradients must be zero: then the gradient of a row is that of its slot.
    """

    @staticmethod
    def forward(ctx, rows: Tensor, slot_of_row: Tensor, row_of_slot: Tensor) -> Tensor:
        ctx.save_for_backward(slot_of_row)
        return rows.index_select(0, row_of_slot)

    @staticmethod
    def backward(ctx, grad: Tensor):
        return grad.index_select(0, ctx.saved_tensors[0]), None, None


class Collect(torch.autograd.Function):
    """Slots [slots, ...] to rows [M, ...], the opposite of Spread. Slots without a row get zero gradients."""

    @staticmethod
    def forward(ctx, slots: Tensor, slot_of_row: Tensor) -> Tensor:
        ctx.save_for_backward(slot_of_row)
        ctx.shape = slots.shape
        return slots.index_select(0, slot_of_row)

    @staticmethod
    def backward(ctx, grad: Tensor):
        return grad.new_zeros(ctx.shape).index_copy_(0, ctx.saved_tensors[0], grad), None


class Attend(torch.autograd.Function):
    """softmax(q k^T + bias) v for q [G, R T, D], k and v [G, J, D]; bias [G or 1, 1, T, J] goes to each of the R parts.

    As two products and a softmax, which oneDNN computes (see `cpu`): half the time of torch's fused kernel with MKL,
    forward and backward, for 64 completions of 47 tokens on 64 of prompt. The fused kernel gains nothing from oneDNN:
    its many small products take four times as long there.
    """

    @staticmethod
    def forward(ctx, q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
        scores = torch.bmm(q, k.transpose(1, 2))
        scores.view(len(q), -1, *bias.shape[2:]).add_(bias)
        shares = scores.softmax(-1)
        ctx.save_for_backward(q, k, v, shares)
        return torch.bmm(shares, v)

    @staticmethod
    def backward(ctx, grad: Tensor):
        q, k, v, shares = ctx.saved_tensors
        grad_shares = torch.bmm(grad, v.transpose(1, 2))
        grad_scores = torch.ops.aten._softmax_backward_data(grad_shares, shares, -1, shares.dtype)
        grad_k = torch.bmm(grad_scores.transpose(1, 2), q)
        return torch.bmm(grad_scores, k), grad_k, torch.bmm(shares.transpose(1, 2), grad), None
