"""From conversations to answers, by an engine that only knows tokens."""

from collections.abc import Callable, Sequence
from pathlib import Path

from gradus.models.domain_tokens import token_counter
from gradus.models.ends import Ends
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.encoding import Prompt, encode_prompts
from gradus.prompts.messages import Message
from gradus.sampling.conversations import Answered, Conversations
from gradus.sampling.protocol import Completion, Decoding, Engine
from gradus.sampling.sampler import Answer
from gradus.specs.prompts import EnvironmentSpec
from gradus.study.settings.truncation import WHOLE, Truncation


class ChatSampler:
    """An engine with the tokenizer and the chat template of a model's `folder`, and what answers it, if anything."""

    def __init__(self, folder: Path, engine: Engine, environment: EnvironmentSpec | None = None) -> None:
        self._tokenizer = load_tokenizer(folder)
        self._template = ChatTemplate.load(folder)
        self._engine, self._ends = engine, Ends.of(folder, self._tokenizer, self._template)
        self._conversations = Conversations(folder, self._template, self._tokenizer, environment)
        self._has_turns, self._domain_tokens = environment is not None, token_counter(folder)

    def render(self, messages: Sequence[Message]) -> str:
        return self._template.render(messages, add_generation_prompt=True)

    def encode(self, conversations: Sequence[Sequence[Message]]) -> list[Prompt]:
        return encode_prompts(self._template, self._tokenizer, conversations)

    def answers(self, answered: Sequence[Answered], prompts: Sequence[Prompt]) -> list[Answer]:
        return [
            Answer(
                one.text,
                one.completion.written_count,
                len(prompt.ids) + one.completion.given_count,
                one.completion.finish_reason,
                one.messages if self._has_turns else None,
                self._domain_tokens.counts(one.completion.written_ids),
            )
            for one, prompt in zip(answered, prompts, strict=True)
        ]

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
        # An engine tells of turns, of which a conversation may have several.
        of_engine, of_conversations = (None, on_progress) if self._has_turns else (on_progress, None)

        def generate(ids: Sequence[Sequence[int]], seeds: Sequence[int], decoding: Decoding) -> list[Completion]:
            return self._engine.generate(ids, seeds=seeds, decoding=decoding, on_progress=of_engine)

        prompts = self.encode(conversations)
        decoding = Decoding.within(truncation, max_tokens, temperature, self._ends.ids)
        answered = self._conversations.answer(generate, conversations, prompts, seeds, decoding, of_conversations)
        return self.answers(answered, prompts)
