"""Waiting for the service: what is worth another try, what is not, and a server that goes away."""

import threading
import time
from concurrent.futures import Future
from types import SimpleNamespace

import httpx
import pytest
import tinker
from tinker.lib.public_interfaces.api_future import AwaitableConcurrentFuture
from tinker.lib.retryable_exception import RetryableException

from gradus.models.lora import TARGETS
from gradus.provenance.errors import GradusError
from gradus.specs.training import SftSpec
from gradus.study.settings.training import Lora
from gradus.training.tinker import waiting
from gradus.training.tinker.start import Start
from gradus.training.tinker.waiting import ClientLost, result
from made_clock import MadeClock
from model_folders import model_of

REQUEST = httpx.Request("POST", "http://nowhere")


def status(code: int) -> tinker.APIStatusError:
    return tinker.APIStatusError("words", response=httpx.Response(code, request=REQUEST), body=None)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def service(said: list[str]) -> SimpleNamespace:
    return SimpleNamespace(url="http://nowhere", job=SimpleNamespace(log=said.append))


@pytest.fixture
def future() -> "Future[int]":
    return Future()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (status(401), GradusError),
        (status(402), GradusError),
        (status(403), GradusError),
        (status(400), ClientLost),
        (status(404), ClientLost),
        (status(500), ClientLost),
        (tinker.APIConnectionError(request=REQUEST), ClientLost),
        (RetryableException("promise is gone"), ClientLost),
        (RuntimeError("this client is poisoned"), ClientLost),
        (ValueError("Error retrieving result"), ClientLost),
    ],
)
def test_only_key_and_account_are_not_tried_again(
    error: Exception, kind: type[Exception], service: SimpleNamespace, future: "Future[int]"
) -> None:
    future.set_exception(error)
    with pytest.raises(kind, match="step 7"):
        result(service, AwaitableConcurrentFuture(future), "step 7")


def test_a_mistake_of_ours_is_not_hidden(service: SimpleNamespace, future: "Future[int]") -> None:
    future.set_exception(KeyError("mistake"))
    with pytest.raises(KeyError):
        result(service, AwaitableConcurrentFuture(future), "step 7")


def test_a_result_that_does_not_come_is_waited_for_with_words_and_an_end(
    service: SimpleNamespace, said: list[str], future: "Future[int]", monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = MadeClock()
    monkeypatch.setattr(waiting, "time", clock)
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(waiting, "LOG_INTERVAL_SECONDS", 60.0)
    monkeypatch.setattr(waiting, "_answers", lambda url: clock.sleep(25) or True)
    with pytest.raises(ClientLost, match="step 7: no result within 200 s"):
        result(service, AwaitableConcurrentFuture(future), "step 7", longest=200.0)
    assert [line.partition(",")[0] for line in said] == [f"step 7: waiting for {n} s now" for n in (75, 150)]


@pytest.mark.parametrize("comes", [True, False])
def test_a_server_that_was_away_has_little_time_for_a_result(
    comes: bool, service: SimpleNamespace, future: "Future[int]", monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([False, False, True, True, True])
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(waiting, "RESTART_GRACE_SECONDS", 60.0 if comes else 0.05)
    monkeypatch.setattr(waiting, "_answers", lambda url: next(answers))
    if comes:
        threading.Timer(0.03, future.set_result, [5]).start()
        assert result(service, AwaitableConcurrentFuture(future), "step 7") == 5
    else:
        with pytest.raises(ClientLost, match="step 7: the server was away"):
            result(service, AwaitableConcurrentFuture(future), "step 7")


def test_a_server_that_stays_away_ends_the_job(
    service: SimpleNamespace, future: "Future[int]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(waiting, "SERVER_TIMEOUT_SECONDS", 0.05)
    monkeypatch.setattr(waiting, "_answers", lambda url: time.sleep(0.01))
    with pytest.raises(GradusError, match=r"has not answered for .* finished steps are kept"):
        result(service, AwaitableConcurrentFuture(future), "step 7")


@pytest.mark.parametrize(
    ("targets", "attention", "mlp"),
    [(TARGETS, True, True), (TARGETS[:4], True, False), (TARGETS[4:], False, True)],
)
def test_a_fresh_adapter_is_as_the_settings_say(
    targets: tuple[str, ...], attention: bool, mlp: bool, model, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}
    client = SimpleNamespace(create_lora_training_client=lambda base, **how: asked.update(how, base=base))
    settings = SftSpec.model_construct(lora=Lora(rank=16, targets=list(targets)), seed=3)
    Start(model_of(model)).client(SimpleNamespace(client=client, model="org/m"), settings)
    trained = {"train_attn": attention, "train_mlp": mlp, "train_unembed": False}
    assert asked == {"base": "org/m", "rank": 16, "seed": 3} | trained
