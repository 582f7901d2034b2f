"""Calls of tools in a model's turn, and their results.

A call is a JSON object, `{"name": "calculator", "arguments": {"expression": "37*48"}}`: between `<tool_call>` and
`</tool_call>`, as Qwen's and Hermes' chat templates have it, or without these tags as the last line of the turn. What
is within `<think>` is no call. A last line that begins as such an object and is none is a call that fails: a model has
to be told that, and a turn that ends in half an object is no answer.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradus.environments.protocol import TOOL
from gradus.grading.thoughts import after_thoughts
from gradus.prompts.messages import Message

MOST_CHARACTERS = 2000
"""Of a call."""

_TAGGED = re.compile(r"<tool_call>\s*(.*?)\s*(?:</tool_call>|\Z)", re.DOTALL)
_ERROR = "error: "

Tools = Mapping[str, Callable[[Mapping[str, Any]], str]]
"""By name, from a call's arguments to its result. Raises ToolError where it has none."""


class ToolError(Exception):
    """What the model did wrong, in words for it."""


@dataclass(frozen=True)
class Call:
    """A call of a tool, as the model wrote it."""

    name: str
    arguments: Mapping[str, Any]

    @property
    def text(self) -> str:
        """In JSON, on one line."""
        return json.dumps({"name": self.name, "arguments": self.arguments}, ensure_ascii=False)


def calls_in(turn: str) -> list[str]:
    """The texts of the calls in a model's turn, in their order, whether they can be read or not."""
    said = after_thoughts(turn)
    if said is None:
        return []
    if found := _TAGGED.findall(said):
        return found
    last = said.strip().rpartition("\n")[2].strip()
    return [last] if re.match(r'\{\s*"', last) else []


def tagged(call: str) -> str:
    """A call as one of several in a turn."""
    return f"<tool_call>\n{call}\n</tool_call>"


def read_call(text: str) -> Call:
    """Raises ToolError where the text is no call."""
    if len(text) > MOST_CHARACTERS:
        raise ToolError(f"a call of more than {MOST_CHARACTERS} characters")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise ToolError("not JSON") from None
    if not isinstance(values, dict) or not isinstance(values.get("name"), str):
        raise ToolError("no name of a tool")
    arguments = values.get("arguments", {})
    if not isinstance(arguments, dict):
        raise ToolError("arguments are no object")
    return Call(values["name"], arguments)


def answered(conversation: Sequence[Message], tools: Tools) -> Message | None:
    """The results of the calls in the last turn, a line each; None where it calls nothing."""
    calls = calls_in(conversation[-1]["content"])
    return {"role": TOOL, "content": "\n".join(_result(call, tools) for call in calls)} if calls else None


def _result(text: str, tools: Tools) -> str:
    try:
        call = read_call(text)
        if call.name not in tools:
            raise ToolError(f"no such tool; there is {', '.join(tools)}")
        return tools[call.name](call.arguments)
    except ToolError as error:
        return f"{_ERROR}{error}"


def results_in(conversation: Sequence[Message]) -> list[bool]:
    """Of each call that was answered in a conversation, whether it succeeded."""
    results = [line for message in conversation if message["role"] == TOOL for line in message["content"].split("\n")]
    return [not result.startswith(_ERROR) for result in results]
