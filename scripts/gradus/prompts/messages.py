"""What the user's turn says."""

from typing import Any

Message = dict[str, str]


def messages_for(problem: str, prompt: dict[str, Any]) -> list[Message]:
    """The conversation that asks a problem: an optional system message, then the problem and the suffix."""
    system = [{"role": "system", "content": prompt["system"]}] if prompt["system"] else []
    return [*system, {"role": "user", "content": problem + prompt["suffix"]}]
