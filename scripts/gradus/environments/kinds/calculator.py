"""A calculator: `{"name": "calculator", "arguments": {"expression": "37*48"}}`, exact, with limits."""

from collections.abc import Mapping, Sequence
from typing import Any

from gradus.environments.arithmetic import evaluate, written
from gradus.environments.calls import Call, ToolError, answered
from gradus.prompts.messages import Message

NAME, EXPRESSION = "calculator", "expression"


def reply(conversation: Sequence[Message]) -> Message | None:
    """See `Reply`."""
    return answered(conversation, {NAME: _calculate})


def call_of(expression: str) -> Call:
    """The call that asks for an expression's value."""
    return Call(NAME, {EXPRESSION: expression})


def _calculate(arguments: Mapping[str, Any]) -> str:
    expression = arguments.get(EXPRESSION)
    if not isinstance(expression, str):
        raise ToolError(f'arguments have no "{EXPRESSION}" with a text')
    return written(evaluate(expression))
