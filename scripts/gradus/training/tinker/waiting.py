"""Waiting for the service: with log lines, with timeouts, and checking that the server is still there.

The SDK alone waits for five minutes before it reports a server that does not answer, and indefinitely for a result.
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

RESULT_TIMEOUT_SECONDS = 3600.0
"""After which a result that has not arrived is given up."""

SERVER_TIMEOUT_SECONDS = 300.0
"""Without an answer from the server, after which the job fails."""

POLL_SECONDS = 5.0
"""Between checks of the server."""

RESTART_GRACE_SECONDS = 10.0
"""For a result after the server was away: one that was restarted knows nothing of earlier requests."""

LOG_INTERVAL_SECONDS = 60.0
"""Between log lines about a result that is waited for."""

REFUSED_STATUSES = (401, 402, 403)
"""HTTP statuses of a bad key or account: trying again does not help."""

T = TypeVar("T")


class ClientLost(Exception):
    """A result does not arrive. One failed request makes a training client useless for all later ones."""


def result(service: Service, future: APIFuture[T], what: str, longest: float = RESULT_TIMEOUT_SECONDS) -> T:
    """The result of a request; `what` names it in messages.

    Raises ClientLost where it failed or does not arrive, GradusError where the service refuses or is gone for good.
    """
    inner = future.future()
    begin = said = time.monotonic()
    while not wait([inner], timeout=POLL_SECONDS).done:
        if _was_away(service):
            wait([inner], timeout=RESTART_GRACE_SECONDS)
            if inner.done():
                break
            raise ClientLost(f"{what}: the server was away, and the result is lost")
        now = time.monotonic()
        if now - begin > longest:
            raise ClientLost(f"{what}: no result within {longest:.0f} s")
        if now - said > LOG_INTERVAL_SECONDS:
            said = now
            service.job.log(f"{what}: waiting for {now - begin:.0f} s now, the server is there")
    try:
        return inner.result()
    except tinker.APIStatusError as error:
        if error.status_code in REFUSED_STATUSES:
            raise GradusError(f"{service.url}: {what}: {refusal(error)}") from None
        raise ClientLost(f"{what}: {refusal(error)}") from None
    # RuntimeError: the client is unusable; ValueError: the result could not be fetched or read.
    except (tinker.TinkerError, RetryableException, RuntimeError, ValueError, TimeoutError) as error:
        raise ClientLost(f"{what}: {without_key(str(error)) or type(error).__name__}") from None


def _was_away(service: Service) -> bool:
    """Whether the server did not answer; returns once it does again. Raises GradusError where it does not."""
    if _answers(service.url):
        return False
    service.job.log(f"{service.url} does not answer; waiting for it")
    await_server(service.url)
    service.job.log(f"{service.url} answers again")
    return True


def await_server(url: str) -> None:
    """Wait until the server answers. Raises GradusError where it does not within SERVER_TIMEOUT_SECONDS."""
    deadline = time.monotonic() + SERVER_TIMEOUT_SECONDS
    while not _answers(url):
        if time.monotonic() > deadline:
            raise GradusError(
                f"{url}: the server has not answered for {SERVER_TIMEOUT_SECONDS:.0f} s; finished steps are kept: "
                "check the server, and run again to continue from there"
            )


def _answers(url: str) -> bool:
    try:
        check_server(url, seconds=POLL_SECONDS)
    except GradusError:
        return False
    return True
