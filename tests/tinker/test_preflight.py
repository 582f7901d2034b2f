"""What is found missing before anything is asked, and how soon."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import httpx
import pytest
import tinker
from serving import nobody_listening

from gradus.provenance.errors import GradusError
from gradus.tinker.preflight import KEY, SERVICE, address, check_key, check_offered, check_server
from gradus.tinker.service import Missing, refusal, within, without_key
from loopback import serving

LATE_SECONDS = 60.0
"""How late a busy machine may be."""
OFFERED = ["Qwen/Qwen3.5-4B", "Qwen/Qwen3-8B", "openai/gpt-oss-120b"]


class Unwell(BaseHTTPRequestHandler):
    """A server that answers 503 at first."""

    asked = 0

    def do_GET(self) -> None:
        Unwell.asked += 1
        self.send_response(200 if Unwell.asked > 1 else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def unwell() -> Iterator[str]:
    with serving(Unwell) as url:
        yield url


@pytest.mark.parametrize("key", ["hf_secret", "tml-", "tml-secret word", "tml-secret\n", " tml-secret"])
def test_what_is_no_key_is_not_repeated(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(KEY, key)
    with pytest.raises(GradusError, match="TINKER_API_KEY is not a key") as caught:
        check_key()
    assert "secret" not in str(caught.value)


def test_a_missing_key_is_named_and_one_that_is_there_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "tml-abc.DEF_123-=")
    check_key()
    assert without_key("header tml-abc.DEF_123-= refused") == "header <key> refused"
    monkeypatch.delenv(KEY)
    with pytest.raises(GradusError, match="TINKER_API_KEY is not set"):
        check_key()


def test_the_address_is_the_studys_or_the_environments_or_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    assert address(None) == SERVICE
    monkeypatch.setenv("TINKER_BASE_URL", "http://other/")
    assert address(None) == "http://other"
    assert address("http://mine:80/") == "http://mine:80"


def test_the_services_address_is_the_sdks() -> None:
    from tinker.lib.base_url import DEFAULT_BASE_URL

    assert SERVICE == DEFAULT_BASE_URL


def test_a_dead_server_is_named_with_its_address() -> None:
    with nobody_listening() as url:
        begin = time.monotonic()
        with pytest.raises(GradusError, match=f"^{url}: the Tinker server does not answer .*TINKER_BASE_URL"):
            check_server(url, seconds=1.0)
        assert time.monotonic() - begin < LATE_SECONDS


def test_a_server_that_takes_calls_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begin = time.monotonic()
        with pytest.raises(GradusError, match="does not answer"):
            check_server(f"http://127.0.0.1:{silent.getsockname()[1]}", seconds=1.0)
        assert time.monotonic() - begin < LATE_SECONDS


def test_a_server_that_is_just_starting_is_asked_again(unwell: str) -> None:
    check_server(unwell)
    assert Unwell.asked == 2


def test_an_address_that_is_none() -> None:
    with pytest.raises(GradusError, match="does not answer"):
        check_server("localhost", seconds=0.5)


@pytest.mark.parametrize(
    ("model", "replaced_by", "advice"),
    [
        ("Qwen/Qwen3-4B", None, "the nearest that is: Qwen/Qwen3.5-4B"),
        ("Qwen/Qwen3-4B-Instruct-2507", "Qwen/Qwen3.5-4B", "it is replaced by Qwen/Qwen3.5-4B"),
        ("Qwen/Qwen3-8b", "Qwen/Qwen4", "it is replaced by Qwen/Qwen4, which is not offered either"),
        ("zzz", None, "it offers Qwen/Qwen3-8B, Qwen/Qwen3.5-4B, openai/gpt-oss-120b"),
    ],
)
def test_a_model_that_is_not_offered(model: str, replaced_by: str | None, advice: str) -> None:
    with pytest.raises(GradusError) as caught:
        check_offered(model, OFFERED, replaced_by, "http://there")
    assert str(caught.value).startswith(f"{model} is not offered by http://there; {advice}")


def test_a_model_that_is_offered() -> None:
    check_offered("Qwen/Qwen3-8B", OFFERED, None, "http://there")


def refused(status: int) -> tinker.APIStatusError:
    reply = httpx.Response(status, request=httpx.Request("POST", "http://there"))
    return tinker.APIStatusError("no, tml-loopback", response=reply, body=None)


def test_a_call_of_the_sdk_that_does_not_end_is_left_behind() -> None:
    assert within(LATE_SECONDS, "counting", lambda: 3) == 3
    ends, ended = threading.Event(), threading.Event()
    with pytest.raises(GradusError, match=r"^http://there: connecting took more than 0.1 s"):
        within(0.1, "http://there: connecting", lambda: ends.wait(LATE_SECONDS) and ended.set())
    assert not ended.is_set()
    ends.set()
    assert ended.wait(LATE_SECONDS)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, GradusError, "the service does not accept the key in TINKER_API_KEY"),
        (402, GradusError, "the service wants to be paid first .*add credit"),
        (404, Missing, "the service does not have it"),
        (500, GradusError, "HTTP 500"),
    ],
)
def test_a_refusal_is_told_without_the_key(status: int, kind: type[GradusError], words: str) -> None:
    def call() -> None:
        raise refused(status)

    with pytest.raises(GradusError, match=f"^opening: {words}") as caught:
        within(LATE_SECONDS, "opening", call)
    assert type(caught.value) is kind
    assert "no, <key>" in str(caught.value)
    assert "loopback" not in refusal(refused(status))


def test_a_mistake_of_ours_is_not_dressed_up() -> None:
    with pytest.raises(ZeroDivisionError):
        within(LATE_SECONDS, "dividing", lambda: 1 / 0)
