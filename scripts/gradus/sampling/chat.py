"""From conversations to answers, around an engine that knows nothing but tokens."""

from collections.abc import Callable, Sequence
from pathlib import Path

from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.messages import Message
from gradus.sampling.protocol import Completion, Decoding, Engine
from gradus.sampling.sampler import Answer


class ChatSampler:
    """An engine with the tokenizer and the chat template of a model's `folder`."""

    def __init__(self, folder: Path, engine: Engine, stop_ids: Sequence[int]) -> None:
        self._tokenizer = load_tokenizer(folder)
        self._template = ChatTemplate.load(folder)
        self._engine, self._stop_ids = engine, stop_ids

    def render(self, messages: Sequence[Message]) -> str:
        return self._template.render(messages, add_generation_prompt=True)

    def encode(self, conversations: Sequence[Sequence[Message]]) -> list[list[int]]:
        """The prompts' tokens. The template writes the special ones, so the tokenizer adds none."""
        texts = [self.render(messages) for messages in conversations]
        return [e.ids for e in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def answers(self, completions: Sequence[Completion], prompt_tokens: Sequence[int]) -> list[Answer]:
        texts = self._tokenizer.decode_batch([c.token_ids for c in completions], skip_special_tokens=True)
        return [
            Answer(text, len(c.token_ids), read, c.finish_reason)
            for text, c, read in zip(texts, completions, prompt_tokens, strict=True)
        ]

    def sample(
        self,
        conversations: Sequence[Sequence[Message]],
        *,
        seeds: Sequence[int],
        max_tokens: int,
        temperature: float,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[Answer]:
        prompts = self.encode(conversations)
        decoding = Decoding(max_tokens, temperature, self._stop_ids)
        completions = self._engine.generate(prompts, seeds=seeds, decoding=decoding, on_progress=on_progress)
        return self.answers(completions, [len(prompt) for prompt in prompts])
