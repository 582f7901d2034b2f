"""Correction for a sampler whose probabilities are not quite those of the model that trains.

vLLM computes in other kernels, and so by a slightly different policy. The log-probabilities before the update are taken
from the model that trains, and each token's loss is weighed by the ratio of its probability there to the sampler's, cut
at a cap or 0 above it ("truncated" and "masked importance sampling", Yao et al. 2025,
https://fengyao.notion.site/off-policy-rl; the same as in TRL). Under overlap the sampler is a step older too, and the
weight corrects for both.

Shape suffixes: N completions, C completion positions.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from gradus.specs.training import GrpoSpec
from gradus.training.rollouts.planning import writes_by_vllm


def corrects(settings: GrpoSpec) -> bool:
    """Whether rollouts are weighed. Else the sampler's log-probabilities are the old ones, as they are."""
    return writes_by_vllm(settings) and settings.rollouts.correction != "none"


def importance_weights(
    trainers_N_C: Tensor, samplers_N_C: Tensor, mask_N_C: Tensor, correction: str, cap: float
) -> Tensor:
    """The weight of each token [N, C], or of each completion [N, 1] where the correction is one of sequences."""
    difference = (trainers_N_C - samplers_N_C) * mask_N_C
    if correction.startswith("sequence"):
        difference = difference.sum(-1, keepdim=True)
    ratio = difference.exp()
    return ratio.clamp(max=cap) if correction.endswith("truncate") else ratio.masked_fill(ratio > cap, 0.0)


@dataclass
class Weighed:
    """Metrics over the importance weights of a batch: those of its real tokens, or of its completions."""

    weights: list[Tensor] = field(default_factory=list)

    def add(self, weights: Tensor, mask_N_C: Tensor) -> None:
        self.weights.append(weights[mask_N_C.bool()] if weights.shape == mask_N_C.shape else weights.flatten())

    def metrics(self) -> dict[str, float | None]:
        if not self.weights:
            return {"importance_weight": None, "importance_weight_max": None}
        found = torch.cat(self.weights)
        return {"importance_weight": found.mean().item(), "importance_weight_max": found.max().item()}
