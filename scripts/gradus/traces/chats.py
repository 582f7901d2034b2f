"""A published chat as messages: a list of {role, content}, or of {from, value} with human and gpt.

Reasoning that a turn of the assistant has apart (`reasoning_content` is what APIs call it) becomes its thought, and
calls of tools that it has apart (`tool_calls`) follow what it says, as `environments/calls.py` reads them. Results of
tools are turns of the role tool.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradus.environments.calls import Call, tagged
from gradus.environments.protocol import TOOL
from gradus.grading.thoughts import CLOSE, OPEN
from gradus.problems.raw.row import Row
from gradus.prompts.messages import Message
from gradus.prompts.thoughts import with_thought
from gradus.traces.candidate import WRONG_ROW, checked

ROLES = {"human": "user", "gpt": "assistant", "user": "user", "assistant": "assistant", "system": "system"}
ROLES |= dict.fromkeys((TOOL, "observation", "ipython"), TOOL)
ROLE, CONTENT = ("role", "from"), ("content", "value")
THOUGHT = ("reasoning_content", "thinking", "reasoning")
CALLS = "tool_calls"
LAYOUTS = "give `path` a file with a chat in messages, or with a prompt and a response"


@dataclass(frozen=True, slots=True)
class Chat:
    """Messages up to the last answer. `unused` names the keys of turns that are not read."""

    messages: list[Message]
    unused: set[str]


def chat_of(row: Row, column: str) -> Chat | None:
    """The chat in a column; None without an answer of the assistant.

    Raises GradusError where it is no list of turns, or a turn is empty, of an unknown role, or has two thoughts.
    """
    turns = row.values.get(column)
    if not isinstance(turns, list) or not turns:
        raise row.error(f"{column} are no list of turns", LAYOUTS)
    messages: list[Message] = []
    unused: set[str] = set()
    for turn in turns:
        role, content = (_first(turn, names) if isinstance(turn, dict) else None for names in (ROLE, CONTENT))
        if ROLES.get(role) == "assistant" and turn.get(CALLS):
            content = _with_calls(row, content or "", turn[CALLS])
        if role not in ROLES or not isinstance(content, str):
            raise row.error(f"a turn is {turn!r:.60}, not a role with a text", WRONG_ROW)
        read = (*ROLE, *CONTENT)
        checked(row, f"turn of {role}", content)
        if ROLES[role] == "assistant":
            content, read = answer_with_thought(row, content, turn), (*read, *THOUGHT, CALLS)
        messages.append({"role": ROLES[role], "content": content})
        unused |= {f"{column}[].{key}" for key in filled_keys(turn) if key not in read}
    while messages and messages[-1]["role"] != "assistant":
        messages.pop()
    return Chat(messages, unused) if any(message["role"] == "user" for message in messages) else None


def answer_with_thought(row: Row, answer: str, values: Mapping[str, Any]) -> str:
    """An answer behind the reasoning that `values` have apart, if any.

    Raises GradusError where that is no text, or where the answer has a thought in tags as well.
    """
    name = next((name for name in THOUGHT if values.get(name)), None)
    if name is None:
        return answer
    if not isinstance(values[name], str):
        raise row.error(f"{name} is {values[name]!r:.60}, not text", WRONG_ROW)
    if OPEN in answer or CLOSE in answer:
        raise row.error(f"an answer has its thought in tags and in {name}", f"remove one, or rename {name}")
    return with_thought(checked(row, name, values[name]).strip(), answer)


def _with_calls(row: Row, said: str, calls: Any) -> str:
    """What a turn says and its calls, in OpenAI's layout: {function: {name, arguments}}, the latter as JSON or text."""
    texts = []
    for call in calls if isinstance(calls, list) else [calls]:
        function = call.get("function", call) if isinstance(call, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise row.error(f"a call is {call!r:.60}, not a function with its name and arguments", WRONG_ROW)
        arguments = function.get("arguments", {})
        try:
            arguments = json.loads(arguments) if isinstance(arguments, str) else arguments
        except ValueError:
            arguments = None
        if not isinstance(arguments, dict):
            raise row.error(f"arguments of {function['name']} are no object", WRONG_ROW)
        texts.append(Call(function["name"], arguments).text)
    return "\n".join([*([said] if said else []), *(texts if len(texts) == 1 else map(tagged, texts))])


def filled_keys(values: Mapping[str, Any]) -> list[str]:
    """The keys whose values are neither null nor empty."""
    return [key for key, value in values.items() if value is not None and value != "" and value != [] and value != {}]


def _first(turn: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((turn[name] for name in names if name in turn), None)
