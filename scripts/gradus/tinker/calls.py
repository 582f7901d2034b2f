"""The two plain calls behind every sample: ask, which gives an id at once, and collect, which waits for the answer.

The SDK's SamplingClient makes the same two, but keeps the id to itself, so that a job that is killed has to pay again;
it also waits out rate limits (HTTP 429) inside, so that no caller can slow down. Its connections, key and session are
used.
"""

import asyncio
import time
from collections.abc import Callable

import tinker
from google.protobuf.message import DecodeError
from tinker.lib.client_connection_pool_type import ClientConnectionPoolType
from tinker.proto.response_conv import deserialize_proto_response
from tinker.types.future_retrieve_request import FutureRetrieveRequest

from gradus.provenance.errors import GradusError
from gradus.tinker.service import Service, refusal, without_key

PATIENCE_SECONDS = 300.0
"""Without a usable reply, after which a request is given up."""

ANSWER_TIMEOUT_SECONDS = 3600.0
"""After which an answer that is still not there is given up."""

POLL_TIMEOUT_SECONDS = 45.0
"""For which a server may keep a connection open before it says that an answer is not there yet; as in the SDK."""

MAX_INTERNAL_ERRORS = 6
"""Of so many in a row, over half a minute, a request counts as failed."""


class RateLimited(Exception):
    """The service limits the rate of requests (HTTP 429)."""


class RequestLost(Exception):
    """The service does not know the request, or no longer."""


class RequestFailed(Exception):
    """The service could not answer the request."""


class Calls:
    """Calls over the connections of a service. They run on the event loop of the SDK."""

    def __init__(self, service: Service, patience: float = PATIENCE_SECONDS) -> None:
        self._service, self._holder, self._patience = service, service.client.holder, patience

    async def ask(self, request: tinker.types.SampleRequest) -> str:
        """The id of the request. Raises RateLimited, RequestLost (session or checkpoint are gone), GradusError."""
        retries = _Retries(self._patience, self._service.log)
        while True:
            try:
                with self._holder.aclient(ClientConnectionPoolType.SAMPLE) as connection:
                    headers = {"X-Tinker-Sampling-Backpressure": "1"}  # refuse rather than queue
                    reply = await connection.sampling.asample(request=request, max_retries=0, extra_headers=headers)
                return reply.request_id
            except tinker.RateLimitError:
                raise RateLimited from None
            except tinker.APIStatusError as error:
                if error.status_code in (404, 410):
                    raise RequestLost(without_key(error.message)) from None
                if not _is_transient(error):
                    raise GradusError(f"{self._service.url}: {refusal(error)}") from None
                await retries.pause(error)
            except (tinker.APIError, ValueError) as error:  # ValueError: a reply that is no JSON
                await retries.pause(error)

    async def collect(self, request: str, samples: int) -> tinker.types.SampleResponse:
        """The answer to the request with this id, of so many samples.

        Raises RequestLost, RequestFailed, GradusError.
        """
        retries, begin, errors = _Retries(self._patience, self._service.log), time.monotonic(), 0
        while time.monotonic() - begin < ANSWER_TIMEOUT_SECONDS:
            try:
                with self._holder.aclient(ClientConnectionPoolType.RETRIEVE_PROMISE) as connection:
                    reply = await connection.futures.with_raw_response.retrieve(
                        request=FutureRetrieveRequest(request_id=request),
                        timeout=POLL_TIMEOUT_SECONDS,
                        max_retries=0,
                        extra_headers={"Accept": "application/x-protobuf"},
                    )
                if "application/x-protobuf" in reply.headers.get("content-type", ""):
                    answer = deserialize_proto_response(reply.http_response.content, tinker.types.SampleResponse)
                    if not isinstance(answer, tinker.types.SampleResponse) or len(answer.sequences) != samples:
                        raise ValueError(f"not a reply with {samples} answers")
                    return answer
                body = await reply.json()
                if not isinstance(body, dict):
                    raise ValueError("a reply that is no JSON object")
                if "error" in body:
                    raise RequestFailed(without_key(str(body["error"])))
                if body.get("type") != "try_again":
                    raise ValueError(f"a reply of unknown form ({', '.join(sorted(body))})")
                retries.reset()
            except tinker.APITimeoutError:
                continue  # not there yet
            except tinker.APIStatusError as error:
                errors = errors + 1 if error.status_code == 500 else 0
                if error.status_code == 408:
                    retries.reset()
                    await asyncio.sleep(0.1)
                elif error.status_code in (404, 410):
                    raise RequestLost(without_key(error.message)) from None
                elif error.status_code in (400, 422) or errors >= MAX_INTERNAL_ERRORS:
                    raise RequestFailed(without_key(error.message)) from None
                elif error.status_code == 429 or _is_transient(error):
                    await retries.pause(error)
                else:
                    raise GradusError(f"{self._service.url}: {refusal(error)}") from None
            except (tinker.APIError, DecodeError, ValueError) as error:
                await retries.pause(error)
        raise RequestFailed(f"no answer within {ANSWER_TIMEOUT_SECONDS:.0f} s")


class _Retries:
    """Pauses between attempts that fail in a row: longer each time, and none once they have failed for too long."""

    def __init__(self, patience: float, log: Callable[[str], None]) -> None:
        self._patience, self._log = patience, log
        self._count, self._since = 0, 0.0

    def reset(self) -> None:
        self._count = 0

    async def pause(self, error: Exception) -> None:
        now = time.monotonic()
        if self._count == 0:
            self._since = now
        words = without_key(str(error)) or type(error).__name__
        if now - self._since > self._patience:
            raise GradusError(
                f"no usable reply for {self._patience:.0f} s ({words}); what is finished is kept: check the "
                "server, and run again to resume from here"
            ) from error
        pause = min(0.5 * 2**self._count, 30.0)
        self._count += 1
        self._log(f"no usable reply ({words}); trying again in {pause:g} s")
        await asyncio.sleep(pause)


def _is_transient(error: tinker.APIStatusError) -> bool:
    """Whether the same call may succeed later: after time-outs, conflicts of repeated calls, errors of the server."""
    return error.status_code in (408, 409, 425) or error.status_code >= 500
