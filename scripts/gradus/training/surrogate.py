"""What a token's loss is, given the ratio of its probability now to that of its sampling, and its advantage.

Nothing here imports torch: algorithms are read when a study is planned. Shape suffixes: N completions, C positions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor

TokenLosses: TypeAlias = "Callable[[Tensor, Tensor, Tensor, Tensor, Surrogate], tuple[Tensor, Tensor]]"
"""From log-probabilities now and at sampling [N, C], advantages [N, 1], the mask of real tokens [N, C] and a surrogate:
each token's loss without KL and whether the clip changed it, [N, C], or [N, 1] where a completion has one value."""


@dataclass(frozen=True)
class Surrogate:
    """What the ratio r does to the loss of a token with the advantage A and the log-probability log p:

    ppo                  -min(r A, clip(r) A), the clipped surrogate (arXiv:1707.06347); with clip_dual, where A < 0,
                         no more than -clip_dual A, however much likelier the token is now (arXiv:1912.09729);
    importance_sampling  -r A, for any distance from the policy that drew it;
    cispo                -clip(r) A log p, the clipped ratio without gradient, so that no token's gradient is lost
                         (MiniMax-M1, arXiv:2506.13585, which clips from above only: clip_low near 1 does that).
    """

    loss: str
    clip_low: float
    clip_high: float
    clip_dual: float | None = None

    def __call__(self, ratio: Tensor, advantages: Tensor, logprobs: Tensor) -> tuple[Tensor, Tensor]:
        """The loss of each token, and whether the clip changed it."""
        if self.loss == "importance_sampling":
            return -(ratio * advantages), ratio.new_zeros(ratio.shape).bool()
        clipped = ratio.clamp(1 - self.clip_low, 1 + self.clip_high)
        if self.loss == "cispo":
            return -(clipped.detach() * advantages * logprobs), clipped != ratio
        plain = ratio * advantages
        gained = plain.minimum(clipped * advantages)
        if self.clip_dual is not None:
            gained = gained.where(advantages >= 0, gained.maximum(self.clip_dual * advantages))
        return -gained, gained != plain


def token_losses(
    logprobs: Tensor, old: Tensor, advantages: Tensor, mask: Tensor, surrogate: Surrogate
) -> tuple[Tensor, Tensor]:
    """The ratio of each token by itself, as in PPO."""
    return surrogate((logprobs - old).exp(), advantages, logprobs)


def sequence_losses(
    logprobs: Tensor, old: Tensor, advantages: Tensor, mask: Tensor, surrogate: Surrogate
) -> tuple[Tensor, Tensor]:
    """One ratio for a completion, the geometric mean of its tokens' (GSPO, arXiv:2507.18071, eq. 7)."""
    log_ratio = ((logprobs - old) * mask).sum(-1, keepdim=True) / mask.sum(-1, keepdim=True).clamp(min=1)
    return surrogate(log_ratio.exp(), advantages, logprobs)
