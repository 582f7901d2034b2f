"""Waiting for the service: with words, with an end, and with an eye on whether it is still there.

The SDK alone waits for five minutes before it says that nobody answers, and for ever for a result.
"""

import time
from concurrent.futures import wait
from typing import TypeVar

import tinker
from tinker import APIFuture
from tinker.lib.retryable_exception import RetryableException

from gradus.provenance.errors import GradusError
from gradus.tinker.preflight import check_server
from gradus.tinker.service import Service, refusal, without_key

LONGEST = 3600.0
"""Seconds after which a result that is still not there is given up."""

PATIENCE = 300.0
"""Seconds without a sign of life from the server after which the job is given up."""

LOOK = 5.0
"""Seconds between looks at the server."""

GRACE = 10.0
"""Seconds for a result after the server was away: one that was started anew knows nothing of what it was doing."""

WORDS = 60.0
"""Seconds between words about a result that is waited for."""

REFUSED = (401, 402, 403)
"""The key, or the account: trying again does not help."""

T = TypeVar("T")


class Lost(Exception):
    """What was asked for does not come. One failed request spoils a training client for all that follow."""


def result(service: Service, future: APIFuture[T], what: str, longest: float = LONGEST) -> T:
    """The result of a request, named `what` in words.

    Raises Lost where it failed or does not come, GradusError where the service refuses or is gone for good.
    """
    inner = future.future()
    begin = said = time.monotonic()
    while not wait([inner], timeout=LOOK).done:
        if _was_away(service):
            wait([inner], timeout=GRACE)
            if inner.done():
                break
            raise Lost(f"{what}: the server was away, and its result is not there")
        now = time.monotonic()
        if now - begin > longest:
            raise Lost(f"{what}: no result within {longest:.0f} s")
        if now - said > WORDS:
            said = now
            service.job.log(f"{what}: waiting for {now - begin:.0f} s now, the server is there")
    try:
        return inner.result()
    except tinker.APIStatusError as error:
        if error.status_code in REFUSED:
            raise GradusError(f"{service.url}: {what}: {refusal(error)}") from None
        raise Lost(f"{what}: {refusal(error)}") from None
    # RuntimeError: the client is spoilt; ValueError: the result could not be had or read.
    except (tinker.TinkerError, RetryableException, RuntimeError, ValueError, TimeoutError) as error:
        raise Lost(f"{what}: {without_key(str(error)) or type(error).__name__}") from None


def _was_away(service: Service) -> bool:
    """Whether the server gives no sign of life; once it does again. Raises GradusError where it does not."""
    if _answers(service.url):
        return False
    service.job.log(f"{service.url} does not answer; waiting for it")
    await_server(service.url)
    service.job.log(f"{service.url} answers again")
    return True


def await_server(url: str) -> None:
    """Wait until the server answers. Raises GradusError where it does not for so long as patience goes."""
    deadline = time.monotonic() + PATIENCE
    while not _answers(url):
        if time.monotonic() > deadline:
            raise GradusError(
                f"{url}: the server has not answered for {PATIENCE:.0f} s; what is finished is kept: look after it and "
                "run again to go on from there"
            )


def _answers(url: str) -> bool:
    try:
        check_server(url, seconds=LOOK)
    except GradusError:
        return False
    return True
