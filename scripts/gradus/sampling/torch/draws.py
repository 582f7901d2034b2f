"""Random draws that depend on a request's seed and the position in its answer, and on nothing else.

A generator with state would make a request's answer depend on who shares its batch. Here the uniform number of (seed,
position) is a hash of the two (counter-based, in the manner of Salmon et al., SC 2011, with the mixing function of
SplitMix64 by Steele et al., OOPSLA 2014), and a token is the inverse of the cumulative distribution at that number.
"""

import numpy as np
import torch
from torch import Tensor

from gradus.sampling.protocol import Decoding

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(z: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser: every bit of the result depends on every bit of z."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniforms(seeds_B: np.ndarray, positions_B: np.ndarray) -> np.ndarray:
    """Float64 numbers [B] in [0, 1), with 53 random bits each, for int64 seeds and positions."""
    stream = _mix(seeds_B.astype(np.uint64) + GOLDEN)
    return (_mix(stream + positions_B.astype(np.uint64) * GOLDEN) >> np.uint64(11)) * 2.0**-53


def draw(logits_B_V: Tensor, uniforms_B: Tensor, decoding: Decoding) -> tuple[Tensor, Tensor]:
    """Tokens [B] and their log-probabilities [B] (see `Completion.logprobs`). Temperature 0 takes the likeliest token.

    min_p keeps tokens that are at least this share as likely as the likeliest (arXiv:2407.01082), top_k as many of the
    likeliest, and top_p the smallest set of the likeliest whose share of what these leave reaches it (nucleus sampling,
    arXiv:1904.09751): the order of vLLM.
    """
    temperature, top_p, top_k, min_p = decoding.temperature, decoding.top_p, decoding.top_k, decoding.min_p
    if temperature == 0:
        tokens_B = logits_B_V.argmax(-1)
        return tokens_B, logits_B_V.log_softmax(-1).gather(1, tokens_B[:, None]).squeeze(1)
    probs_B_V = (logits_B_V if temperature == 1 else logits_B_V / temperature).softmax(-1)
    if top_p < 1 or top_k is not None or min_p:
        kept_B_V, order_B_V = probs_B_V.sort(dim=-1, descending=True, stable=True)
        most: Tensor | float = top_p
        if top_k is not None or min_p:
            left_out_B_V = kept_B_V < min_p * kept_B_V[:, :1]
            left_out_B_V[:, top_k:] |= top_k is not None
            kept_B_V = kept_B_V.masked_fill(left_out_B_V, 0.0)
            most = top_p * kept_B_V.sum(-1, keepdim=True, dtype=torch.float64)
        if top_p < 1:
            before_B_V = kept_B_V.cumsum(-1, dtype=torch.float64) - kept_B_V
            kept_B_V = kept_B_V.masked_fill(before_B_V >= most, 0.0)
        tokens_B = order_B_V.gather(1, _invert(kept_B_V, uniforms_B)).squeeze(1)
    else:
        tokens_B = _invert(probs_B_V, uniforms_B).squeeze(1)
    return tokens_B, probs_B_V.gather(1, tokens_B[:, None]).squeeze(1).log()


def _invert(weights_B_V: Tensor, uniforms_B: Tensor) -> Tensor:
    """Index [B, 1] at which the cumulative share of the weights first exceeds the uniform number.

    Float64, so that a number just below 1 does not round past the last token, and a token of weight 0 is never drawn.
    """
    cumulative_B_V = weights_B_V.cumsum(-1, dtype=torch.float64)
    wanted_B_1 = (uniforms_B * cumulative_B_V[:, -1])[:, None]
    return torch.searchsorted(cumulative_B_V, wanted_B_1, right=True).clamp_(max=weights_B_V.shape[1] - 1)
