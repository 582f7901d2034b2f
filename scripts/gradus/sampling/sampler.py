"""The interface of samplers: conversations in, texts out. How is known in a sampler's own folder alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from gradus.prompts.messages import Message
from gradus.study.settings.truncation import WHOLE, Truncation


@dataclass(frozen=True)
class Answer:
    """What a model answered, from the beginning of its turn: a thought that the prompt opened is part of the text.

    `finish_reason` is "stop", or "length" where it was cut at max_tokens. Where an environment answers the model, the
    text is that of its last turn, `tokens` are those that it wrote in all, and `messages` are what follows the prompt.
    `domain_tokens`: how many of these tokens each family has that the model has.
    """

    text: str
    tokens: int
    prompt_tokens: int
    finish_reason: str
    messages: Sequence[Message] | None = None
    domain_tokens: Mapping[str, int] = field(default_factory=dict)


class Sampler(Protocol):
    """A model with its weights loaded. A module of samplers offers `open_sampler(job, model) -> Sampler`."""

    def render(self, messages: Sequence[Message]) -> str:
        """The exact text that the model is asked to continue."""
        ...

    def sample(
        self,
        conversations: Sequence[Sequence[Message]],
        *,
        seeds: Sequence[int],
        max_tokens: int,
        temperature: float,
        truncation: Truncation = WHOLE,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[Answer]:
        """One answer per conversation, in order. Equal seeds and settings give equal answers.

        `on_progress` is called now and then with the number of answers that have finished since, and of their tokens.
        """
        ...


@runtime_checkable
class StreamingSampler(Sampler, Protocol):
    """A sampler on a service: several answers to a request, yielded as they finish, and no request made twice."""

    def stream(
        self,
        conversations: Sequence[Sequence[Message]],
        *,
        keys: Sequence[str],
        seeds: Sequence[int],
        samples: int,
        max_tokens: int,
        temperature: float,
        journal: Path,
        truncation: Truncation = WHOLE,
    ) -> Iterator[tuple[int, list[Answer]]]:
        """`samples` answers to each conversation with its index, as soon as they have finished, in any order.

        `journal` is a file that survives a kill: a run that finds an earlier run's collects the answers to the requests
        that are in it. `keys` name the requests.
        """
        ...
