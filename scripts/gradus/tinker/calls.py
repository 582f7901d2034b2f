"""The two plain calls behind every sample: ask, which gives an id at once, and collect, which waits for the answer.

The SDK's SamplingClient makes the same two, but keeps the id to itself, so that whoever is killed has to pay again; it
also waits out refusals (HTTP 429) inside, so that nobody can ask for less. Its connections, key and session are used.
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

PATIENCE = 300.0
"""Seconds without a usable reply after which a request is given up."""

LONGEST_ANSWER = 3600.0
"""Seconds after which an answer that is still not there is given up."""

LONGEST_POLL = 45.0
"""Seconds that a server may keep a connection open before it says that an answer is not there yet; as in the SDK."""

ERRORS_OF_ONE_REQUEST = 6
"""So many replies of "internal error" in a row, over half a minute, and the request is taken as failed."""


class Refused(Exception):
    """The service has too much to do (HTTP 429)."""


class Lost(Exception):
    """The service does not know the request, or not any more."""


class Failed(Exception):
    """The service tried and failed."""


class Calls:
    """Calls over the connections of a service. They run on the event loop of the SDK."""

    def __init__(self, service: Service, patience: float = PATIENCE) -> None:
        self._service, self._holder, self._patience = service, service.client.holder, patience

    async def ask(self, request: tinker.types.SampleRequest) -> str:
        """The id of the request. Raises Refused, Lost (session or checkpoint are gone), GradusError."""
        tries = _Tries(self._patience, self._service.say)
        while True:
            try:
                with self._holder.aclient(ClientConnectionPoolType.SAMPLE) as connection:
                    headers = {"X-Tinker-Sampling-Backpressure": "1"}  # refuse rather than queue
                    reply = await connection.sampling.asample(request=request, max_retries=0, extra_headers=headers)
                return reply.request_id
            except tinker.RateLimitError:
                raise Refused from None
            except tinker.APIStatusError as error:
                if error.status_code in (404, 410):
                    raise Lost(without_key(error.message)) from None
                if not _passes(error):
                    raise GradusError(f"{self._service.url}: {refusal(error)}") from None
                await tries.again(error)
            except (tinker.APIError, ValueError) as error:  # ValueError: a reply that is no JSON
                await tries.again(error)

    async def collect(self, request: str, samples: int) -> tinker.types.SampleResponse:
        """The answer to the request with this id, of so many samples. Raises Lost, Failed, GradusError."""
        tries, begin, errors = _Tries(self._patience, self._service.say), time.monotonic(), 0
        while time.monotonic() - begin < LONGEST_ANSWER:
            try:
                with self._holder.aclient(ClientConnectionPoolType.RETRIEVE_PROMISE) as connection:
                    reply = await connection.futures.with_raw_response.retrieve(
                        request=FutureRetrieveRequest(request_id=request),
                        timeout=LONGEST_POLL,
                        max_retries=0,
                        extra_headers={"Accept": "application/x-protobuf"},
                    )
                if "application/x-protobuf" in reply.headers.get("content-type", ""):
                    answer = deserialize_proto_response(reply.http_response.content, tinker.types.SampleResponse)
                    if len(answer.sequences) == samples:
                        return answer
                    raise ValueError(f"{len(answer.sequences)} answers in place of {samples}")
                told = await reply.json()
                if "error" in told:
                    raise Failed(without_key(str(told["error"])))
                if told.get("type") != "try_again":
                    raise ValueError(f"a reply of unknown form ({', '.join(sorted(told))})")
                tries.good()
            except tinker.APITimeoutError:
                continue  # not there yet
            except tinker.APIStatusError as error:
                errors = errors + 1 if error.status_code == 500 else 0
                if error.status_code == 408:
                    tries.good()
                    await asyncio.sleep(0.1)
                elif error.status_code in (404, 410):
                    raise Lost(without_key(error.message)) from None
                elif error.status_code in (400, 422) or errors >= ERRORS_OF_ONE_REQUEST:
                    raise Failed(without_key(error.message)) from None
                elif error.status_code == 429 or _passes(error):
                    await tries.again(error)
                else:
                    raise GradusError(f"{self._service.url}: {refusal(error)}") from None
            except (tinker.APIError, DecodeError, ValueError) as error:
                await tries.again(error)
        raise Failed(f"no answer within {LONGEST_ANSWER:.0f} s")


class _Tries:
    """Waits between tries that fail in a row, longer each time, until patience ends."""

    def __init__(self, patience: float, say: Callable[[str], None]) -> None:
        self._patience, self._say = patience, say
        self._count, self._since = 0, 0.0

    def good(self) -> None:
        self._count = 0

    async def again(self, error: Exception) -> None:
        now = time.monotonic()
        if self._count == 0:
            self._since = now
        words = without_key(str(error)) or type(error).__name__
        if now - self._since > self._patience:
            raise GradusError(
                f"no usable reply for {self._patience:.0f} s ({words}); what is finished is kept: look after the "
                "server and run again to go on from here"
            ) from error
        pause = min(0.5 * 2**self._count, 30.0)
        self._count += 1
        self._say(f"no usable reply ({words}); trying again in {pause:g} s")
        await asyncio.sleep(pause)


def _passes(error: tinker.APIStatusError) -> bool:
    """Whether a refusal may be gone when asked again: time-outs, conflicts of repeated calls, the server's trouble."""
    return error.status_code in (408, 409, 425) or error.status_code >= 500
