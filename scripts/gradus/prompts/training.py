"""What training reads of a conversation: for each answer the very ids of its prompt, and after them what is learned.

A sampler encodes a prompt and lets the model write on from its last id. So training must not let a token reach across
the end of the prompt, as happens where a template opens `<think>\n` and the answer begins with a line break.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from gradus.grading.thoughts import CLOSE, OPEN
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.encoding import Prompt, encode_prompts
from gradus.prompts.messages import Message
from gradus.prompts.thoughts import with_thought
from gradus.provenance.errors import GradusError

Learned = tuple[list[int], list[bool]]
"""Token ids, and for each whether the model learns it: answers and the tokens that close them."""


def encode_for_training(template: ChatTemplate, tokenizer: Tokenizer, messages: Sequence[Message]) -> list[Learned]:
    """The conversation up to its last answer as one example that learns all answers, or as several.

    An answer begins an example of its own where the model is asked for it in other words than the conversation had:
    Qwen3's and R1's templates show no thought of an earlier turn.
    Raises GradusError where an answer cannot be learned as the template asks for it.
    """
    examples: list[Learned] = []
    ids: list[int] = []
    mask: list[bool] = []
    for prompt, answer in _turns(template, tokenizer, messages):
        if ids and prompt.ids[: len(ids)] != ids:
            examples.append((ids, mask))
            mask = []
        mask = [*mask, *[False] * (len(prompt.ids) - len(mask)), *[True] * len(answer)]
        ids = [*prompt.ids, *answer]
    if ids:
        examples.append((ids, mask))
    return examples


def _turns(
    template: ChatTemplate, tokenizer: Tokenizer, messages: Sequence[Message]
) -> Iterator[tuple[Prompt, list[int]]]:
    """The prompt of each answer, and the answer's ids with the token that closes it."""
    places = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    prompts = encode_prompts(template, tokenizer, (messages[:place] for place in places))
    for place, prompt in zip(places, prompts, strict=True):
        try:
            written = _written(template, messages[: place + 1], prompt)
            yield prompt, _ids_after(prompt, tokenizer, written)
        except GradusError as error:
            raise GradusError(f"{template.source}, message {place}: {error}") from None


def _ids_after(prompt: Prompt, tokenizer: Tokenizer, written: str) -> list[int]:
    """The ids of what is written after a prompt: those in the whole text, unless a token reaches across the border."""
    whole = tokenizer.encode(prompt.text + written, add_special_tokens=False).ids
    if whole[: len(prompt.ids)] == prompt.ids:
        return whole[len(prompt.ids) :]
    apart = tokenizer.encode(written, add_special_tokens=False).ids
    read_back = tokenizer.decode([*prompt.ids, *apart], skip_special_tokens=False)
    if read_back != tokenizer.decode(whole, skip_special_tokens=False):
        raise GradusError(
            f"after its prompt the answer {written[:20]!r} is no run of tokens in this tokenizer: leave it out, or "
            "take a chat_template whose prompts end in a special token"
        )
    return apart


@dataclass(frozen=True, slots=True)
class _Parts:
    """An answer in three parts; `thought` is None where it has none, `lead` comes before its opening tag."""

    lead: str
    thought: str | None
    rest: str

    @classmethod
    def of(cls, content: str) -> "_Parts":
        before, close, after = content.partition(CLOSE)
        if not close:
            return cls("", None, content)
        lead, opened, thought = before.partition(OPEN)
        return cls(lead, thought, after) if opened else cls("", before, after)

    def is_kept_by(self, written: str, prompt: Prompt) -> bool:
        """Whether a template writes the thought after the prompt, and closes the one that the prompt opened."""
        if self.thought is not None and not all(
            part.strip() in written for part in (self.lead, self.thought, self.rest)
        ):
            return False
        before, closed, _ = written.partition(CLOSE)
        return not prompt.thought or (bool(closed) and OPEN not in before)


def _written(template: ChatTemplate, messages: Sequence[Message], prompt: Prompt) -> str:
    """What the model has to write after the prompt to have said the last message, with the token that closes it.

    That is what the template writes. Where it would leave a thought out, or does not go on from its own prompt because
    that opens a thought, the message follows the prompt as it is; a thought that the prompt opened and the message does
    not have is closed at once, as in the templates of Qwen3.
    """
    closing = template.special_tokens.get("eos_token")
    if not closing:
        raise GradusError("tokenizer_config.json names no eos_token: add the token that ends an answer")
    content, text = messages[-1]["content"], template.render(messages)
    parts = _Parts.of(content)
    end = text.rfind(closing)
    if end < 0:
        raise GradusError(f"the answer does not end in eos_token {closing!r}: set the model's eos_token")
    if text.startswith(prompt.text) and end >= len(prompt.text):
        written = text[len(prompt.text) : end + len(closing)]
        if parts.is_kept_by(written, prompt):
            return written
    if parts.thought is not None and prompt.text.rstrip().endswith(CLOSE):
        raise GradusError(
            "the prompt says that nothing is thought, and the answer has a thought: set think: strip or plain on its "
            "traces, or enable_thinking: true in the model's template_variables"
        )
    if not prompt.thought and parts.thought is None:
        raise GradusError(
            "with the answer the conversation does not begin as its prompt does: set another chat_template"
        )
    if prompt.thought:
        begun = parts.thought is not None and not parts.lead.strip()
        whole = f"{OPEN}{parts.thought}{CLOSE}{parts.rest}" if begun else with_thought("", content.lstrip("\n"))
        content = whole.removeprefix(prompt.thought) if whole.startswith(prompt.thought) else whole[len(OPEN) :]
    return content + closing
