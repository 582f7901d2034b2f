"""A call that arrives twice is carried out once.

The client numbers its calls and repeats one whose reply it did not get. By the SDK's own words the service makes a
request's id of these numbers, so a repetition is the same request; skyrl would sample or train a second time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

_answers: dict[tuple[Any, ...], asyncio.Future[Any]] = {}


async def once(key: tuple[Any, ...], call: Callable[[], Awaitable[Any]]) -> Any:
    """The answer of `call`, made the first time that `key` is seen. A call without a number is never a repetition."""
    if None in key:
        return await call()
    if key not in _answers:
        _answers[key] = asyncio.ensure_future(call())
    answer = _answers[key]
    try:
        # A client that goes away takes nothing back.
        return await asyncio.shield(answer)
    finally:
        if answer.done() and (answer.cancelled() or answer.exception()):
            _answers.pop(key, None)
