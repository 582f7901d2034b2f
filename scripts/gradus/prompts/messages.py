"""What a model is asked: the one place where a conversation is built around a problem."""

from collections.abc import Sequence

from gradus.specs.prompts import PromptSpec
from gradus.vocabulary.inject import injector

Message = dict[str, str]
Messages = Sequence[Message]


def messages_for(problem: str, prompt: PromptSpec) -> list[Message]:
    """The conversation that asks a problem: the system message, if any, the few-shot examples, then the problem.

    The suffix follows every question, those of the examples too, so that all are asked in the same words. Domain tokens
    are injected into all but the system message.
    """
    messages = [{"role": "system", "content": prompt.system}] if prompt.system else []
    for example in prompt.few_shot:
        messages.append({"role": "user", "content": example.user + prompt.suffix})
        messages.append({"role": "assistant", "content": example.assistant})
    messages.append({"role": "user", "content": problem + prompt.suffix})
    for settings in prompt.inject:
        inject = injector(settings)
        messages = [m if m["role"] == "system" else m | {"content": inject(m["content"])} for m in messages]
    return messages
