"""Domain tokens in what the assistant says in a trace."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gradus.prompts.messages import Message
from gradus.vocabulary.inject import Injector
from gradus.vocabulary.named import token_family

if TYPE_CHECKING:
    from gradus.study.settings.token_groups import InjectedTokens


def with_tokens(messages: Sequence[Message], inject: Injector) -> list[Message]:
    """The conversation with tokens in the assistant's turns. Those that a tool answers stay: a call is no prose."""
    answered = [message["role"] == "tool" for message in messages[1:]] + [False]
    return [
        message if message["role"] != "assistant" or call else message | {"content": inject(message["content"])}
        for message, call in zip(messages, answered, strict=True)
    ]


def injection_summary(traces: Iterable[Mapping[str, Any]], settings: "InjectedTokens | None") -> dict[str, Any]:
    """For a set's summary: under `injected`, how many tokens its traces have, and how many of them have any."""
    if settings is None:
        return {}
    family = token_family(settings)
    counts = [sum(_count(turn, family.tokens) for turn in trace["messages"]) for trace in traces]
    found = {"family": family.name, "mode": settings.mode, "tokens": sum(counts), "traces": sum(map(bool, counts))}
    return {"injected": found}


def _count(message: Message, tokens: Sequence[str]) -> int:
    text = message["content"] if message["role"] == "assistant" else ""
    return sum(text.count(token) for token in tokens) if text else 0
