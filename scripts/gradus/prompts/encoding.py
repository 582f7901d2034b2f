"""Conversations as the token ids that a model reads: the one place where prompts are encoded."""

from collections.abc import Iterable
from dataclasses import dataclass

from tokenizers import Tokenizer

from gradus.grading.thoughts import OPEN
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.messages import Messages
from gradus.prompts.thoughts import opened_by


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation that an assistant's turn is to follow. `thought` is the thought that it opens, mostly none."""

    text: str
    ids: list[int]
    thought: str


def encode_prompts(template: ChatTemplate, tokenizer: Tokenizer, conversations: Iterable[Messages]) -> list[Prompt]:
    """The prompts in their order. The template writes the special tokens, so the tokenizer adds none."""
    conversations = list(conversations)
    texts = [template.render(messages, add_generation_prompt=True) for messages in conversations]
    encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    return [
        Prompt(text, encoding.ids, opened_by(text, template.render(messages)) if OPEN in text else "")
        for messages, text, encoding in zip(conversations, texts, encodings, strict=True)
    ]
