"""What is checked before the first request: the key, the server, the model.

The SDK alone says nothing for five minutes when no server answers, and asks no server whether a model is offered.
"""

import os
import re
import time
from collections.abc import Sequence
from difflib import get_close_matches

import httpx

from gradus.provenance.errors import GradusError

KEY = "TINKER_API_KEY"
KEY_FORM = re.compile(r"tml-[!-~]+")
SERVICE = "https://tinker.thinkingmachines.dev/services/tinker-prod"
"""Where tinker 0.38 looks when nothing else is said (its lib/base_url.py)."""

SERVER_TIMEOUT_SECONDS = 4.0
"""The server is asked again, until so much time has passed."""


def check_key() -> None:
    """Raises GradusError where the environment has no key, or something else than a key. The message never has it."""
    key = os.environ.get(KEY, "")
    if not key:
        raise GradusError(f"{KEY} is not set: put your key there (it looks like tml-...); it is read from nowhere else")
    if not KEY_FORM.fullmatch(key):
        raise GradusError(f"{KEY} is not a key: keys start with tml- and have no spaces or line breaks; copy it again")


def address(url: str | None) -> str:
    """Where the service is: what the study says, else TINKER_BASE_URL, else the service's own address."""
    return (url or os.environ.get("TINKER_BASE_URL") or SERVICE).rstrip("/")


def check_server(url: str, seconds: float = SERVER_TIMEOUT_SECONDS) -> None:
    """Raises GradusError where the server at `url` gives no sign of health within `seconds`."""
    deadline = time.monotonic() + seconds
    reason = "no answer"
    with httpx.Client() as client:
        while (left := deadline - time.monotonic()) > 0:
            try:
                answer = client.get(f"{url}/api/v1/healthz", timeout=left)
                if answer.status_code < 500:
                    return  # what it thinks of the key is seen when the session is made
                reason = f"HTTP {answer.status_code}"
            except httpx.InvalidURL as error:
                reason = f"no address: {error}"
                break
            except httpx.TransportError as error:
                reason = str(error) or type(error).__name__
            time.sleep(min(0.5, max(0.0, deadline - time.monotonic())))
    raise GradusError(
        f"{url}: the Tinker server does not answer ({reason}); check the address (tinker.url, TINKER_BASE_URL) and the "
        "network, and run again"
    )


def check_offered(model: str, offered: Sequence[str], replaced_by: str | None, url: str) -> None:
    """Raises GradusError where `model` is not among those that the service offers."""
    if model in offered:
        return
    near = next(iter(get_close_matches(model, offered, n=1, cutoff=0.4)), None)
    if replaced_by:
        advice = f"it is replaced by {replaced_by}"
        if replaced_by not in offered and near:
            advice += f", which is not offered either; the nearest that is: {near}"
    elif near:
        advice = f"the nearest that is: {near}"
    else:
        advice = f"it offers {', '.join(sorted(offered)) or 'none'}"
    raise GradusError(f"{model} is not offered by {url}; {advice}. Name another under models (key tinker, or name)")
