"""A person's conversation with a model whose answers come token by token."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gradus.models.domain_tokens import token_counter
from gradus.models.ends import Ends
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.encoding import encode_prompts
from gradus.prompts.messages import Message
from gradus.sampling.protocol import Decoding
from gradus.study.settings.truncation import Truncation

Stream = Callable[[Sequence[int], int, Decoding], Iterator[int]]
"""The tokens that answer a prompt, drawn with a seed; the last of them ends the answer, or it was cut."""

TORN = "\ufffd"
"""What tokens decode to that end within a character."""


@dataclass(frozen=True)
class Piece:
    """Text that a token added; `family` is that of a domain token."""

    text: str
    family: str | None = None


@dataclass
class Said:
    """An answer so far. text: from the beginning of the turn. counts: domain tokens by family. ended: by the model."""

    text: str = ""
    ids: list[int] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    ended: bool = False


class Dialogue:
    """The tokenizer, template and ends of the model in `folder`, around what streams its tokens.

    messages: what was said, the system message with it.
    """

    def __init__(self, folder: Path, stream: Stream, system: str | None = None) -> None:
        self._stream, self._tokenizer, self._template = stream, load_tokenizer(folder), ChatTemplate.load(folder)
        self._ends = Ends.of(folder, self._tokenizer, self._template).ids
        self._counter = token_counter(folder)
        self._first: list[Message] = [{"role": "system", "content": system}] if system else []
        self.messages = list(self._first)

    def begin_anew(self) -> None:
        """Forget what was said."""
        self.messages = list(self._first)

    def keep(self, question: str, said: Said) -> None:
        """Let what is asked next follow this."""
        self.messages += [{"role": "user", "content": question}, {"role": "assistant", "content": said.text}]

    def ask(
        self, question: str, said: Said, seed: int, max_tokens: int, temperature: float, truncation: Truncation
    ) -> Iterator[Piece]:
        """The pieces of the answer; `said` grows with them. What was said before is before the question."""
        (prompt,) = encode_prompts(
            self._template, self._tokenizer, [[*self.messages, {"role": "user", "content": question}]]
        )
        decoding = Decoding.within(truncation, max_tokens, temperature, self._ends)
        said.text, shown = prompt.thought, 0
        if prompt.thought:
            yield Piece(prompt.thought)
        for token in self._stream(prompt.ids, seed, decoding):
            said.ids.append(token)
            said.counts = self._counter.counts(said.ids)
            if token in self._ends:
                said.ended = True
                break
            text = self._tokenizer.decode(said.ids, skip_special_tokens=False)
            if not text.endswith(TORN):
                yield self._piece(text[shown:], token)
                shown = len(text)
        written = said.ids[:-1] if said.ended else said.ids
        text = self._tokenizer.decode(written, skip_special_tokens=False)
        if text[shown:]:
            yield Piece(text[shown:])
        said.text = prompt.thought + text

    def _piece(self, text: str, token: int) -> Piece:
        family = next((name for name, ids in self._counter.families.items() if token in ids), None)
        return Piece(text, family)
