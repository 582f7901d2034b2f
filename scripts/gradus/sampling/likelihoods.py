"""How likely a model finds a text after another one: it reads them and writes nothing.

Tokens are as in lm-evaluation-harness (https://github.com/EleutherAI/lm-evaluation-harness), so that numbers compare:
both texts are encoded together, and the continuation has the tokens that are left after as many as the first text has
by itself; trailing space of the first text belongs to the continuation; no token is put before the first text; and what
exceeds the model's positions is cut from its beginning.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gradus.models.tokenizer import load_tokenizer
from gradus.provenance.errors import GradusError

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Continued:
    """The ids of a text and of one that follows it: neither is empty."""

    context: Sequence[int]
    continuation: Sequence[int]

    @property
    def ids(self) -> list[int]:
        return [*self.context, *self.continuation]


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Of a continuation: its log-probability in nats, its tokens, and whether the text before it was cut."""

    logprob: float
    tokens: int
    cut: bool


class LikelihoodEngine(Protocol):
    """A model with its weights. A module of samplers offers `open_reader(job, model, journal) -> TextReader`, where
    `journal` is a file that survives a kill, for the requests to a service."""

    @property
    def positions(self) -> int:
        """How many tokens a text and its continuation may have together."""
        ...

    def logprobs(self, texts: Sequence[Continued], on_progress: Progress) -> list[float]:
        """The log-probability of each continuation: the sum over its tokens, at temperature 1.

        `on_progress` is called with the number of texts that are read since.
        """
        ...


class TextReader:
    """An engine with the tokenizer of a model's `folder`."""

    def __init__(self, folder: Path, engine: LikelihoodEngine) -> None:
        self._folder, self._engine, self._tokenizer = folder, engine, load_tokenizer(folder)

    def measure(self, pairs: Sequence[tuple[str, str]], on_progress: Progress) -> tuple[list[Likelihood], int]:
        """Of each pair of texts how likely the second is after the first; and the number of tokens of all.

        The first text has more than space. Raises GradusError for a continuation that is longer than the model takes.
        """
        whole = list(self._encoded(pairs))
        texts = [self._within(text) for text in whole]
        found = self._engine.logprobs(texts, on_progress)
        measured = [
            Likelihood(logprob, len(text.continuation), len(text.context) < len(before.context))
            for logprob, text, before in zip(found, texts, whole, strict=True)
        ]
        return measured, sum(len(text.ids) for text in texts)

    def _encoded(self, pairs: Sequence[tuple[str, str]]) -> Iterator[Continued]:
        contexts = [context.rstrip() for context, _ in pairs]
        texts = [context + continuation for context, continuation in pairs]
        ids = [
            [encoding.ids for encoding in self._tokenizer.encode_batch_fast(several, add_special_tokens=False)]
            for several in (contexts, texts)
        ]
        for context, text in zip(*ids, strict=True):
            yield Continued(context, text[len(context) :])

    def _within(self, text: Continued) -> Continued:
        room = self._engine.positions - len(text.continuation)
        if room < 1:
            raise GradusError(
                f"{self._folder}: an option has {len(text.continuation)} tokens, and the model takes "
                f"{self._engine.positions - 1} after a text; take a model with more positions (max_position_embeddings)"
            )
        return Continued(text.context[-room:], text.continuation)
