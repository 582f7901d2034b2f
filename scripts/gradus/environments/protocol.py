"""What an environment is: it answers a model's turns, so that a conversation goes on. Each module of `kinds/` is one.

An environment is a function of the conversation alone and keeps nothing between two turns. So a run that was killed
goes on alike, and the conversations of a batch may be answered in any order.
"""

from collections.abc import Callable, Sequence
from importlib import import_module

from gradus.prompts.messages import Message

TOOL = "tool"
"""The role of an environment's messages, by which chat templates know the results of tools."""

Reply = Callable[[Sequence[Message]], Message | None]
"""From the conversation so far, whose last message is the model's, to the message that follows; None: it has ended.

What the model got wrong is told to it in the message, and never raised.
"""

KINDS = "gradus.environments.kinds"


def environment_module(name: str) -> str:
    """The module that a job loads by name, for its fingerprint. It has a function `reply`, a `Reply`."""
    return f"{KINDS}.{name}"


def load_environment(name: str) -> Reply:
    return import_module(environment_module(name)).reply
