"""The interface of engines: tokens in, completions as tokens with their log-probabilities out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from gradus.study.settings.truncation import Truncation


@dataclass(frozen=True, slots=True)
class Decoding:
    """How tokens are drawn, and where an answer ends.

    It ends with one of `stop_ids`, after `max_tokens`, or at the model's last position. Temperature 0 is greedy. top_p,
    top_k, min_p: see `gradus.study.settings.truncation`.
    """

    max_tokens: int
    temperature: float
    stop_ids: Sequence[int]
    top_p: float = 1.0
    top_k: int | None = None
    min_p: float = 0.0

    @classmethod
    def within(cls, truncation: Truncation, max_tokens: int, temperature: float, stop_ids: Sequence[int]) -> "Decoding":
        """With the truncation that settings name."""
        return cls(max_tokens, temperature, stop_ids, truncation.top_p, truncation.top_k, truncation.min_p)


@dataclass(frozen=True, slots=True)
class Completion:
    """One sampled answer, of one turn or of several with what an environment said between them.

    token_ids: the sampled tokens; the stop token is the last of them when finish_reason is "stop".
    logprobs: per token, the log-probability under the model at the sampling temperature, over the whole vocabulary
        (not renormalised over what may be drawn); for greedy decoding at temperature 1. 0 for tokens that were not
        sampled.
    finish_reason: "stop" when the model ended the answer, "length" when the limit did.
    given: the spans (from, to) of the tokens that were not sampled, which are between two turns.
    """

    token_ids: list[int]
    logprobs: list[float]
    finish_reason: Literal["stop", "length"]
    given: Sequence[tuple[int, int]] = ()

    @property
    def given_count(self) -> int:
        """How many tokens were not sampled."""
        return sum(end - start for start, end in self.given)

    @property
    def written_count(self) -> int:
        """How many tokens the model wrote."""
        return len(self.token_ids) - self.given_count

    @property
    def written_ids(self) -> list[int]:
        """The tokens that the model wrote."""
        return [token for token, written in zip(self.token_ids, self.written, strict=True) if written]

    @property
    def written(self) -> list[bool]:
        """For each token whether the model wrote it."""
        flags = [True] * len(self.token_ids)
        for start, end in self.given:
            flags[start:end] = [False] * (end - start)
        return flags


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
