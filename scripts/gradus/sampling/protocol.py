"""The interface of engines: tokens in, completions as tokens with their log-probabilities out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Decoding:
    """How tokens are drawn, and where an answer ends.

    It ends with one of `stop_ids`, after `max_tokens`, or at the model's last position. Temperature 0 is greedy.
    """

    max_tokens: int
    temperature: float
    stop_ids: Sequence[int]
    top_p: float = 1.0


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


class Engine(Protocol):
    """A model with its weights, here or elsewhere."""

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        seeds: Sequence[int],
        decoding: Decoding,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[Completion]:
        """One completion per prompt, in the order of the prompts.

        `on_progress` is called with the number of requests that have finished since, and of the tokens that they wrote.
        Raises GradusError for an empty or overlong prompt.
        """
        ...
