"""From conversations to answers, by an engine that only knows tokens."""

from collections.abc import Callable, Sequence
from pathlib import Path

from gradus.models.ends import Ends
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.encoding import Prompt, encode_prompts
from gradus.prompts.messages import Message
from gradus.sampling.protocol import Completion, Decoding, Engine
from gradus.sampling.sampler import Answer
from gradus.sampling.texts import answer_texts


class ChatSampler:
    """An engine with the tokenizer and the chat template of a model's `folder`."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self._tokenizer = load_tokenizer(folder)
        self._template = ChatTemplate.load(folder)
        self._engine, self._ends = engine, Ends.of(folder, self._tokenizer, self._template)

    def render(self, messages: Sequence[Message]) -> str:
        return self._template.render(messages, add_generation_prompt=True)

    def encode(self, conversations: Sequence[Sequence[Message]]) -> list[Prompt]:
        return encode_prompts(self._template, self._tokenizer, conversations)

    def answers(self, completions: Sequence[Completion], prompts: Sequence[Prompt]) -> list[Answer]:
        texts = answer_texts(self._tokenizer, prompts, completions)
        return [
            Answer(text, len(c.token_ids), len(prompt.ids), c.finish_reason)
            for text, c, prompt in zip(texts, completions, prompts, strict=True)
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
        decoding = Decoding(max_tokens, temperature, self._ends.ids)
        ids = [prompt.ids for prompt in prompts]
        completions = self._engine.generate(ids, seeds=seeds, decoding=decoding, on_progress=on_progress)
        return self.answers(completions, prompts)
