"""The service as a job sees it: a client, the study's settings, what may be spent."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

# Before tinker is imported: no events about this process are sent anywhere.
os.environ.setdefault("TINKER_TELEMETRY", "0")

import tinker
from tinker.lib.client_connection_pool_type import ClientConnectionPoolType

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.provenance.job import Job
from gradus.provenance.specs import SERVICE_FILE
from gradus.specs.service import ServiceFile
from gradus.tinker.preflight import KEY, address, check_key, check_offered, check_server
from gradus.tinker.spending import FILE, Spending
from gradus.tinker.throttle import Throttle

OPEN_TIMEOUT_SECONDS = 9.5
"""For all checks before the first request."""

T = TypeVar("T")


class Missing(GradusError):
    """The service does not have what was asked for, or no longer."""


class Service:
    """A session on the service at `url`, for the jobs of one study.

    client: the SDK's client. settings: the study's, from `results/<study>/service.json`. model: the base model of this
    job, by the service's name; context: the most tokens that it takes, where the service says. throttle: one limit for
    all requests of this job.
    """

    def __init__(
        self, job: Job[Any], client: tinker.ServiceClient, url: str, settings: ServiceFile, spending: Spending
    ) -> None:
        self.job, self.client, self.url, self.settings, self.spending = job, client, url, settings, spending
        self.model: str = job.settings.service.model
        self.context: int | None = None
        self.throttle = Throttle(settings.concurrency)
        self._said = (0.0, "")

    @classmethod
    def open(cls, job: Job[Any]) -> "Service":
        """Connect, once key, server and model are checked; all of it takes less than ten seconds.

        Raises GradusError naming what is missing: settings, key, server, model, or the price of a model that a ceiling
        has to be kept for.
        """
        folder = Path(job.spec_path.split("/specs/")[0])
        if not (folder / SERVICE_FILE).is_file():
            raise GradusError(
                f"{folder / SERVICE_FILE}: no such file; `snakemake -n` writes it beside the specs of a study"
            )
        settings = ServiceFile.model_validate(read_json(folder / SERVICE_FILE))
        spending = Spending(job, folder / FILE, settings.prices, settings.max_dollars)
        model = job.settings.service.model
        spending.cost(model)
        url = address(settings.url)
        check_key()
        begin = time.monotonic()
        check_server(url)
        left = OPEN_TIMEOUT_SECONDS - (time.monotonic() - begin)
        client, offered = within(left, f"{url}: connecting", lambda: _connect(url))
        check_offered(model, list(offered), settings.replaced_by.get(model), url)
        service = cls(job, client, url, settings, spending)
        service.context = offered[model]
        return service

    def log(self, words: str) -> None:
        """Into the job's log, but not once for every request that has the same problem."""
        if words != self._said[1] or time.monotonic() - self._said[0] > 10:
            self._said = (time.monotonic(), words)
            self.job.log(f"{self.url}: {words}")

    def close(self) -> None:
        """End the session, where the server still hears."""
        try:
            within(5.0, "closing", lambda: self.client.close("success").result())
        except Missing:
            return  # a server that no longer has the session, or knows no ends of sessions
        except (GradusError, tinker.TinkerError) as error:
            self.job.log(f"the session was not closed: {without_key(str(error))}")


def _connect(url: str) -> tuple[tinker.ServiceClient, dict[str, int | None]]:
    """A client with a session, and the offered models with the most tokens that each takes."""
    client = tinker.ServiceClient(base_url=url)
    holder = client.holder

    async def ask() -> Any:
        # Not through the SDK's REST client, whose requests are repeated for five minutes.
        with holder.aclient(ClientConnectionPoolType.SESSION) as connection:
            return await connection.service.get_server_capabilities()

    models = holder.run_coroutine_threadsafe(ask()).result().supported_models
    return client, {m.model_name: m.max_context_length for m in models if m.model_name is not None}


def within(seconds: float, what: str, call: Callable[[], T]) -> T:
    """The result of a call of the SDK that has to come within `seconds`; one that does not is left behind.

    Raises GradusError when it does not come, or when the service refuses: Missing where it does not have what is asked.
    """
    results: list[T] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(call())
        except Exception as error:  # noqa: BLE001 raised again below, in the thread that waits
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if results:
        return results[0]
    if not errors:
        raise GradusError(f"{what} took more than {seconds:.1f} s; check the server, and run again")
    if isinstance(errors[0], tinker.APIStatusError):
        raise (Missing if errors[0].status_code in (404, 410) else GradusError)(
            f"{what}: {refusal(errors[0])}"
        ) from None
    if isinstance(errors[0], tinker.TinkerError):
        raise GradusError(f"{what}: {without_key(str(errors[0]))}; check the server, and run again") from None
    raise errors[0]


def refusal(error: tinker.APIStatusError) -> str:
    """A refusal of the service in the user's words."""
    words = without_key(error.message)
    if error.status_code in (401, 403):
        return f"the service does not accept the key in {KEY} ({words}); set one that is valid"
    if error.status_code == 402:
        return (
            f"the service wants to be paid first ({words}); add credit to the account and run again to resume from here"
        )
    if error.status_code in (404, 410):
        return f"the service does not have it, or no longer ({words})"
    return f"HTTP {error.status_code} ({words})"


def without_key(text: str) -> str:
    """The text, without the key where somebody put it in."""
    key = os.environ.get(KEY)
    return text.replace(key, "<key>") if key else text
