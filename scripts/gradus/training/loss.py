"""The loss of group-relative policy optimisation: an algorithm's token losses, with a KL penalty, averaged.

Shape suffixes: N completions, C completion positions.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from gradus.specs.training import GrpoSpec
from gradus.study.settings.grpo import KlEstimator
from gradus.training.algorithm import load_algorithm
from gradus.training.surrogate import Surrogate, TokenLosses


@dataclass(frozen=True)
class PolicyLoss:
    """The loss of a policy on completions that it, or an earlier one, wrote, with an optional KL penalty.

    losses, surrogate: what a token's loss is. kl_coef, kl_estimator: the weight of its KL penalty, and its estimate.
    normalisation: how token losses become one number (`completions` and `tokens` are those of the whole batch, groups
    without a signal included, see `step_batch.py`; not of the micro-batch, so that micro-batches add up exactly):
      sequence  mean over a completion's tokens, then over completions (GRPO, arXiv:2402.03300);
      token     mean over all tokens of the batch (DAPO, arXiv:2503.14476);
      constant  sum over completions * max_tokens (Dr. GRPO, arXiv:2503.20783).
    Under mask_truncated, completions that were cut are in `completions` and their tokens not in `tokens`, as in TRL.
    """

    losses: TokenLosses
    surrogate: Surrogate
    kl_coef: float
    kl_estimator: KlEstimator | None
    normalisation: str
    max_tokens: int

    @classmethod
    def of(cls, settings: GrpoSpec) -> "PolicyLoss":
        """The loss that a job's settings ask for."""
        return cls(
            load_algorithm(settings.algorithm).losses,
            Surrogate(settings.loss, settings.clip_low, settings.clip_high, settings.clip_dual),
            settings.kl_coef,
            settings.kl_estimator,
            settings.normalisation,
            settings.max_tokens,
        )

    def __call__(
        self,
        logprobs_N_C: Tensor,
        old_N_C: Tensor,
        reference_N_C: Tensor | None,
        advantages: Tensor,
        mask_N_C: Tensor,
        completions: int,
        tokens: int,
        weights: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Loss of a micro-batch, as its share of the batch's loss, and the number of clipped tokens. `advantages` are
        [N], or [N, C] where each token has its own. `weights`: what
        the tokens' losses are multiplied by before the KL is added, [N, C] or [N, 1]."""
        if advantages.ndim == 1:
            advantages = advantages[:, None]
        losses_N_C, is_clipped_N_C = self.token_losses(logprobs_N_C, old_N_C, advantages, mask_N_C)
        if weights is not None:
            losses_N_C = losses_N_C * weights
        if self.kl_coef and reference_N_C is not None:
            assert self.kl_estimator is not None  # where the penalty is in the loss
            losses_N_C = losses_N_C + self.kl_coef * kl_estimate(logprobs_N_C, reference_N_C, self.kl_estimator)
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


def kl_estimate(logprobs: Tensor, reference: Tensor, estimator: KlEstimator = "k3") -> Tensor:
    """Per-token estimate of KL(policy || reference) on tokens drawn from the policy, with d = log of the reference over
    the policy (Schulman 2020, http://joschu.net/blog/kl-approx.html). What the mean of its gradient is that of:

    k1  -d              unbiased; of nothing, since the mean of the score is zero;
    k2  d^2 / 2         biased, never negative; KL(policy || reference);
    k3  exp(d) - d - 1  unbiased, never negative; KL(reference || policy).
    """
    difference = reference - logprobs
    if estimator == "k1":
        return -difference
    if estimator == "k2":
        return difference**2 / 2
    return torch.exp(difference) - difference - 1
