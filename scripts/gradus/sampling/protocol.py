"""What an engine returns: completions as tokens with their log-probabilities."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Completion:
    """One sampled answer.

    token_ids: the sampled tokens; the stop token is the last of them when finish_reason is "stop".
    logprobs: per token, the log-probability under the model at the sampling temperature, over the whole vocabulary
        (not renormalised for top-p); for greedy decoding at temperature 1.
    finish_reason: "stop" when the model ended the answer, "length" when the limit did.
    """

    token_ids: list[int]
    logprobs: list[float]
    finish_reason: Literal["stop", "length"]
