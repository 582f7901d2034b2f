"""What the hub's status codes mean to the user, in one line each."""

import httpx
import pytest
from huggingface_hub.errors import HfHubHTTPError

from gradus.hub.errors import TOKEN, hub_errors
from gradus.hub.lock import Repo
from gradus.provenance.errors import GradusError


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (401, r"me/model refuses access \(401\): ask for access"),
        (403, r"me/model refuses access \(403\): ask for access"),
        (429, r"answers 429: run the build again later, or name a copy"),
        (500, r"answers 500: run the build again later, or name a copy"),
    ],
)
def test_a_status_code_is_told_with_its_remedy(code: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    response = httpx.Response(code, request=httpx.Request("GET", "http://nowhere"))
    with (
        pytest.raises(GradusError, match=said),
        hub_errors(Repo("model", "me/model"), "main", "name a copy"),
    ):
        raise HfHubHTTPError("no", response=response)
