"""Which of two answers a model would give, as probabilities: it reads the conversation once and writes nothing.

Two answers are told apart by the first token in which they differ, so the choice is between two tokens after the same
text. What else the model might say is not counted.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.messages import Message
from gradus.prompts.training import encode_for_training
from gradus.provenance.errors import GradusError

Choice = tuple[list[int], int, int]
"""The ids of a text, and the two tokens that may follow it."""

Progress = Callable[[int], None]


class ChoiceEngine(Protocol):
    """A model with its weights. A module of samplers offers `open_chooser(job, model) -> ChatChooser`."""

    @property
    def positions(self) -> int:
        """How many tokens the model takes."""
        ...

    def choose(self, choices: Sequence[Choice], on_progress: Progress) -> list[float]:
        """Of each choice, the probability of its first token where one of the two follows.

        `on_progress` is called with the number of choices that are made since.
        """
        ...


class ChatChooser:
    """An engine with the tokenizer and the chat template of a model's `folder`."""

    def __init__(self, folder: Path, engine: ChoiceEngine) -> None:
        self._folder, self._engine = folder, engine
        self._tokenizer, self._template = load_tokenizer(folder), ChatTemplate.load(folder)

    def choose(
        self, conversations: Sequence[Sequence[Message]], answers: tuple[Message, Message], on_progress: Progress
    ) -> tuple[list[float], int]:
        """Of each conversation, the probability of the first answer where one of the two follows; and the number of
        tokens that were read for it.

        Raises GradusError for a conversation that is longer than the model's positions, or that the model's chat
        template cannot put the answers to.
        """
        choices = [self._choice(conversation, answers) for conversation in conversations]
        for ids, *_ in choices:
            if len(ids) >= self._engine.positions:
                raise GradusError(
                    f"{self._folder}: a solution and its question have {len(ids)} tokens, the model takes "
                    f"{self._engine.positions - 1}: lower the benchmark's max_tokens, or take a verifier with more "
                    "positions (max_position_embeddings)"
                )
        return self._engine.choose(choices, on_progress), sum(len(ids) for ids, *_ in choices)

    def _choice(self, conversation: Sequence[Message], answers: tuple[Message, Message]) -> Choice:
        one, other = (self._encoded(conversation, answer) for answer in answers)
        for place, (first, second) in enumerate(zip(one, other)):
            if first != second:
                return one[:place], first, second
        raise GradusError(
            f"{self._folder}: its tokenizer does not tell {answers[0]['content']!r} from the other answer"
        )

    def _encoded(self, conversation: Sequence[Message], answer: Message) -> list[int]:
        """As it was trained: the ids of the last example that the conversation makes."""
        ids, _ = encode_for_training(self._template, self._tokenizer, [*conversation, answer])[-1]
        return ids
