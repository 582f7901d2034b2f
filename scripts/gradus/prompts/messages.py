"""What a model is asked: the one place where a conversation is built around a problem."""

from collections.abc import Sequence
from typing import Any

Message = dict[str, str]
Messages = Sequence[Message]


def messages_for(problem: str, prompt: dict[str, Any]) -> list[Message]:
    """The conversation that asks a problem: an optional system message, the worked exchanges, then the problem.

    The suffix follows every question, those of the exchanges too, so that all are asked in the same words.
    `prompt` is as a spec has it: `system`, `suffix`, and `few_shot` as a list of `user` and `assistant` texts.
    """
    messages = [{"role": "system", "content": prompt["system"]}] if prompt["system"] else []
    for exchange in prompt.get("few_shot", ()):
        messages.append({"role": "user", "content": exchange["user"] + prompt["suffix"]})
        messages.append({"role": "assistant", "content": exchange["assistant"]})
    return [*messages, {"role": "user", "content": problem + prompt["suffix"]}]
