"""Losses of supervised fine-tuning and of group-relative policy optimisation.

Shape suffixes: N completions, C completion positions.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class PolicyLoss:
    """The clipped surrogate with an optional KL penalty.

    normalisation: how token losses become one number (`completions` is the size of the whole batch, not of the
    micro-batch, so that micro-batches add up exactly):
      sequence  mean over a completion's tokens, then over completions (GRPO, arXiv:2402.03300);
      token     mean over all tokens of the batch (DAPO, arXiv:2503.14476);
      constant  sum over completions * max_tokens (Dr. GRPO, arXiv:2503.20783).
    """

    clip_low: float
    clip_high: float
    kl_coef: float
    normalisation: str
    max_tokens: int

    def __call__(
        self,
        logprobs_N_C: Tensor,
        old_N_C: Tensor,
        reference_N_C: Tensor | None,
        advantages_N: Tensor,
        mask_N_C: Tensor,
        completions: int,
        tokens: int,
    ) -> tuple[Tensor, Tensor]:
        """Loss of a micro-batch, as its share of the batch's loss, and the number of clipped tokens."""
        ratio_N_C = torch.exp(logprobs_N_C - old_N_C)
        advantage_N_1 = advantages_N[:, None]
        clipped_N_C = ratio_N_C.clamp(1 - self.clip_low, 1 + self.clip_high)
        surrogate_N_C = torch.minimum(ratio_N_C * advantage_N_1, clipped_N_C * advantage_N_1)
        losses_N_C = -surrogate_N_C
        if self.kl_coef and reference_N_C is not None:
            losses_N_C = losses_N_C + self.kl_coef * kl_estimate(logprobs_N_C, reference_N_C)
        is_clipped = (clipped_N_C * advantage_N_1 < ratio_N_C * advantage_N_1) & mask_N_C.bool()
        return self._normalise(losses_N_C * mask_N_C, mask_N_C, completions, tokens), is_clipped.sum()

    def _normalise(self, losses_N_C: Tensor, mask_N_C: Tensor, completions: int, tokens: int) -> Tensor:
        if self.normalisation == "sequence":
            return (losses_N_C.sum(1) / mask_N_C.sum(1).clamp(min=1)).sum() / completions
        if self.normalisation == "token":
            return losses_N_C.sum() / tokens
        return losses_N_C.sum() / (completions * self.max_tokens)


def kl_estimate(logprobs: Tensor, reference: Tensor) -> Tensor:
    """Per-token estimate of KL(policy || reference) on tokens drawn from the policy: exp(d) - d - 1, d = log of the
    reference over the policy. Unbiased, never negative ("k3", Schulman 2020, http://joschu.net/blog/kl-approx.html)."""
    difference = reference - logprobs
    return torch.exp(difference) - difference - 1
