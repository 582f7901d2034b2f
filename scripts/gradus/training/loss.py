"""The loss of group-relative policy optimisation: an algorithm's token losses, with a KL penalty, averaged.

Shape suffixes: N completions, C completion positions.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from gradus.specs.training import GrpoSpec
from gradus.training.algorithm import load_algorithm
from gradus.training.surrogate import Surrogate, TokenLosses


@dataclass(frozen=True)
class PolicyLoss:
    """The loss of a policy on completions that it, or an earlier one, wrote, with an optional KL penalty.

    losses, surrogate: what a token's loss is.
    normalisation: how token losses become one number (`completions` and `tokens` are those of the whole batch, groups
    without a signal included, see `step_batch.py`; not of the micro-batch, so that micro-batches add up exactly):
      sequence  mean over a completion's tokens, then over completions (GRPO, arXiv:2402.03300);
      token     mean over all tokens of the batch (DAPO, arXiv:2503.14476);
      constant  sum over completions * max_tokens (Dr. GRPO, arXiv:2503.20783).
    """

    losses: TokenLosses
    surrogate: Surrogate
    kl_coef: float
    normalisation: str
    max_tokens: int

    @classmethod
    def of(cls, settings: GrpoSpec) -> "PolicyLoss":
        """The loss that a job's settings ask for."""
        return cls(
            load_algorithm(settings.algorithm).losses,
            Surrogate(settings.loss, settings.clip_low, settings.clip_high),
            settings.kl_coef,
            settings.normalisation,
            settings.max_tokens,
        )

    def __call__(
        self,
        logprobs_N_C: Tensor,
        old_N_C: Tensor,
        reference_N_C: Tensor | None,
        advantages_N: Tensor,
        mask_N_C: Tensor,
        completions: int,
        tokens: int,
        weights: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Loss of a micro-batch, as its share of the batch's loss, and the number of clipped tokens. `weights`: what
        the tokens' losses are multiplied by before the KL is added, [N, C] or [N, 1]."""
        losses_N_C, is_clipped_N_C = self.token_losses(logprobs_N_C, old_N_C, advantages_N[:, None], mask_N_C)
        if weights is not None:
            losses_N_C = losses_N_C * weights
        if self.kl_coef and reference_N_C is not None:
            losses_N_C = losses_N_C + self.kl_coef * kl_estimate(logprobs_N_C, reference_N_C)
        clipped = (is_clipped_N_C & mask_N_C.bool()).sum()
        return self._normalise(losses_N_C * mask_N_C, mask_N_C, completions, tokens), clipped

    def token_losses(
        self, logprobs_N_C: Tensor, old_N_C: Tensor, advantages: Tensor, mask_N_C: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Each token's loss without KL, and whether the clip changed it; `advantages` are [N, 1] or [N, C]."""
        return self.losses(logprobs_N_C, old_N_C, advantages, mask_N_C, self.surrogate)

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
