"""What a sampler is: conversations in, texts out. Nothing but a sampler's own folder knows how."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from gradus.prompts.messages import Message


@dataclass(frozen=True)
class Answer:
    """What a model answered, from the beginning of its turn: a thought that the prompt opened is part of the text.

    `finish_reason` is "stop", or "length" where it was cut at max_tokens.
    """

    text: str
    tokens: int
    prompt_tokens: int
    finish_reason: str


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
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[Answer]:
        """One answer per conversation, in order. Equal seeds and settings give equal answers.

        `on_progress` is told, now and then, how many more answers are there, and of how many tokens.
        """
        ...


@runtime_checkable
class StreamingSampler(Sampler, Protocol):
    """A sampler of a service: several answers a request, given as they come, and nothing asked for twice."""

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
    ) -> Iterator[tuple[int, list[Answer]]]:
        """`samples` answers to each conversation with its place, as soon as they are there, in any order.

        `journal` is a file that outlives a kill; a run that has one of an earlier run collects what that had asked for.
        `keys` name the requests in it.
        """
        ...
