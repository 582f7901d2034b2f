"""Losses of supervised fine-tuning and of group-relative policy optimisation.

Shape suffixes: N completions, C completion positions.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class PolicyLoss:
    """The loss of a policy on completions that it, or an earlier one, wrote, with an optional KL penalty.

    loss: what a token's loss is, with its ratio of probabilities r now and as it was drawn, and its advantage A:
      ppo                  -min(r A, clip(r) A), the clipped surrogate (arXiv:1707.06347);
      importance_sampling  -r A, for any distance from the policy that drew it;
      cispo                -clip(r) A log p, the clipped ratio without gradient, so that no token's gradient is lost
                           (MiniMax-M1, arXiv:2506.13585, which clips from above only: clip_low near 1 does that).
    normalisation: how token losses become one number (`completions` and `tokens` are those of the whole batch, groups
    without a signal included, see `step_batch.py`; not of the micro-batch, so that micro-batches add up exactly):
      sequence  mean over a completion's tokens, then over completions (GRPO, arXiv:2402.03300);
      token     mean over all tokens of the batch (DAPO, arXiv:2503.14476);
      constant  sum over completions * max_tokens (Dr. GRPO, arXiv:2503.20783).
    """

    clip_low: float
    clip_high: float
    kl_coef: float
    normalisation: str
    max_tokens: int
    loss: str = "ppo"

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
        losses_N_C, is_clipped_N_C = self.token_losses(logprobs_N_C, old_N_C, advantages_N[:, None])
        if self.kl_coef and reference_N_C is not None:
            losses_N_C = losses_N_C + self.kl_coef * kl_estimate(logprobs_N_C, reference_N_C)
        clipped = (is_clipped_N_C & mask_N_C.bool()).sum()
        return self._normalise(losses_N_C * mask_N_C, mask_N_C, completions, tokens), clipped

    def token_losses(self, logprobs: Tensor, old: Tensor, advantages: Tensor) -> tuple[Tensor, Tensor]:
        """Each token's loss without KL, and whether the clip changed it."""
        ratio = torch.exp(logprobs - old)
        if self.loss == "importance_sampling":
            return -(ratio * advantages), torch.zeros_like(ratio, dtype=torch.bool)
        clipped = ratio.clamp(1 - self.clip_low, 1 + self.clip_high)
        if self.loss == "cispo":
            return -(clipped.detach() * advantages * logprobs), clipped != ratio
        surrogate = torch.minimum(ratio * advantages, clipped * advantages)
        return -surrogate, clipped * advantages < ratio * advantages

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
