"""Many requests at once, against a service that is made up: who waits, which are repeated, who pays."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gradus.provenance.errors import GradusError
from gradus.tinker import requests as module
from gradus.tinker.calls import RateLimited, RequestFailed, RequestLost
from gradus.tinker.journal import Journal
from gradus.tinker.requests import Question, Replies, Requests
from gradus.tinker.service import Service
from gradus.tinker.spending import Exceeded, Spending, read_spending
from sampling.sample_jobs import made_service, sample_job

MODEL = "made/up"
PRICES = {MODEL: {"prefill": 0.0, "sample": 1_000_000.0, "train": 0.0}}
"""A dollar a token."""
WRITTEN = 2
"""Tokens of an answer."""


class Wires:
    """The service's side of the calls. `troubles` are raised, one a call; the id of a request is session/number."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.troubles: dict[str, list[Exception]] = {"ask": [], "collect": []}
        self.under_way = self.most = 0

    async def ask(self, request: Any) -> str:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        if self.troubles["ask"]:
            self.under_way -= 1
            raise self.troubles["ask"].pop(0)
        name = f"{request.sampling_session_id}/{request.seq_id}"
        self.asked[name] += 1
        return name

    async def collect(self, request: str, samples: int) -> Any:
        await asyncio.sleep(0.002)
        self.under_way -= 1
        if self.troubles["collect"]:
            raise self.troubles["collect"].pop(0)
        return SimpleNamespace(sequences=[SimpleNamespace(tokens=[1] * WRITTEN)] * samples, name=request)


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread, as the SDK has one."""
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


class Process:
    """A job below `folder`, which was maybe killed before; `requests` of it go to made-up wires."""

    def __init__(
        self, folder: Path, loop: asyncio.AbstractEventLoop, session: str, most: int = 8, ceiling: float | None = None
    ) -> None:
        self.job = sample_job(folder, 1, MODEL)
        self.wires = Wires()

        def run(coroutine: Any) -> Any:
            future = asyncio.run_coroutine_threadsafe(coroutine, loop)
            return SimpleNamespace(future=lambda: future)

        client: Any = SimpleNamespace(holder=SimpleNamespace(run_coroutine_threadsafe=run))
        spending = Spending(self.job, folder / "spending.jsonl", PRICES, ceiling)
        self.service = Service(self.job, client, "http://made.up", made_service(concurrency=most), spending)
        self.journal = Journal(folder / "asked.jsonl")
        self.requests = Requests(self.service, session, MODEL)
        self.requests.calls = self.wires  # type: ignore[assignment]

    def ask(self, questions: list[Question]) -> Replies:
        return self.requests.ask(questions, self.journal)


def questions(count: int, **settings: Any) -> list[Question]:
    return [Question(f"q{index}", [1, 2, 3], seed=index, max_tokens=WRITTEN, **settings) for index in range(count)]


def test_no_more_are_under_way_than_allowed_and_answers_keep_their_places(
    tmp_path: Path, loop: asyncio.AbstractEventLoop
) -> None:
    process = Process(tmp_path, loop, "s", most=5)
    replies = process.ask(questions(40)).all()
    numbers = [int(reply.name.split("/")[1]) for reply in replies]
    assert numbers == list(range(numbers[0], numbers[0] + 40))
    assert process.wires.most == 5
    assert process.job.dollars == 40 * WRITTEN
    assert process.service.throttle.running == 0


def test_refusals_are_waited_out_at_a_lower_rate(
    tmp_path: Path, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradus.tinker.throttle.MAX_PAUSE_SECONDS", 0.01)
    process = Process(tmp_path, loop, "s", most=8)
    process.wires.troubles["ask"] = [RateLimited()] * 9
    assert len(process.ask(questions(20)).all()) == 20
    assert set(process.wires.asked.values()) == {1}
    # 8 at once, all refused: 4; then the ninth refusal: 2
    assert "at most 4 requests at once" in (tmp_path / "log").read_text()
    assert "at most 2 requests at once" in (tmp_path / "log").read_text()


def test_a_service_that_refuses_for_too_long_is_left_alone(
    tmp_path: Path, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradus.tinker.throttle.MAX_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(module, "RATE_LIMIT_TIMEOUT_SECONDS", 0.1)
    process = Process(tmp_path, loop, "s", most=2)
    process.wires.troubles["ask"] = [RateLimited()] * 1000
    with pytest.raises(GradusError, match=r"made.up: all requests were rate-limited"):
        process.ask(questions(3)).all()


def test_what_fails_or_is_lost_is_asked_anew_but_not_for_ever(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> None:
    process = Process(tmp_path, loop, "s", most=1)
    process.wires.troubles["collect"] = [RequestFailed("overflow"), RequestLost("restarted")]
    assert len(process.ask(questions(3)).all()) == 3
    assert sum(process.wires.asked.values()) == 5
    assert process.job.dollars == 3 * WRITTEN  # a failure is not paid for
    process.wires.troubles["collect"] = [RequestFailed("overflow")] * 4
    replies = process.ask([Question("other", [1], seed=0, max_tokens=2)])
    with pytest.raises(GradusError, match=r"request other failed 4 times at http://made.up \(overflow\)"):
        replies.all()


def test_an_error_lets_the_others_finish(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> None:
    process = Process(tmp_path, loop, "s", most=4)
    process.wires.troubles["collect"] = [GradusError("the key was withdrawn")]
    found: set[int] = set()
    with pytest.raises(GradusError, match="the key was withdrawn"):
        found.update(index for index, _ in process.ask(questions(20)).as_completed())
    assert found == {1, 2, 3}
    assert sum(process.wires.asked.values()) == 4


def test_the_ceiling_is_reached_but_not_passed(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> None:
    # Up to 3 x 2 dollars a request. 20 dollars are room for three; what is left of 2 is for none.
    process = Process(tmp_path, loop, "s", most=8, ceiling=20.0)
    found: set[int] = set()
    with pytest.raises(Exceeded, match=r"18 of 20 dollars are spent, and the next request may cost 6 more"):
        found.update(index for index, _ in process.ask(questions(10, samples=3)).as_completed())
    assert found == {0, 1, 2}
    assert process.wires.most == 3
    assert sum(line["dollars"] for line in read_spending(tmp_path)) == 18.0


def test_what_was_refused_needs_room_again(
    tmp_path: Path, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradus.tinker.throttle.MAX_PAUSE_SECONDS", 0.01)
    process = Process(tmp_path, loop, "s", most=8, ceiling=20.0)
    process.wires.troubles["ask"] = [RateLimited()] * 2
    with pytest.raises(Exceeded, match="18 of 20 dollars"):
        process.ask(questions(10, samples=3)).all()
    assert process.wires.most <= 3


def test_cheap_answers_leave_room_for_more(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> None:
    # 10 dollars each at most, 2 in fact: two at once at first, and 6 in all before 10 might pass 20.
    process = Process(tmp_path, loop, "s", most=8, ceiling=20.0)
    expensive = [Question(f"q{index}", [1], seed=index, max_tokens=10) for index in range(10)]
    with pytest.raises(Exceeded, match="12 of 20 dollars are spent"):
        process.ask(expensive).all()


def test_a_killed_process_collects_what_it_had_asked(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> None:
    first = Process(tmp_path, loop, "first", most=4)
    replies = first.ask(questions(8)).as_completed()
    before = dict([next(replies), next(replies)])
    replies.close()
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), loop).result()  # the loop has to see it
    second = Process(tmp_path, loop, "second", most=4)
    after = dict(second.ask(questions(8)).as_completed())
    assert sorted(after) == list(range(8))
    assert all(after[index].name == reply.name for index, reply in before.items())
    again = {reply.name for reply in after.values()}
    assert set(first.wires.asked) <= again
    assert not set(first.wires.asked) & set(second.wires.asked)
    assert len(read_spending(tmp_path)) == 8
    assert sum(line["dollars"] for line in read_spending(tmp_path)) == 8 * WRITTEN


def test_what_another_job_has_under_way_is_waited_for(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> None:
    process = Process(tmp_path, loop, "s", ceiling=20.0)
    other = Spending(process.job, tmp_path / "spending.jsonl", PRICES, 20.0)
    assert other.reserve(20.0)
    replies = process.ask(questions(2))
    while "waiting for other jobs" not in (tmp_path / "log").read_text():
        time.sleep(0.01)
    assert not process.wires.asked
    other.release(20.0)
    assert len(replies.all()) == 2


def test_a_request_without_an_id_is_sent_again_as_the_same(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> None:
    first = Process(tmp_path, loop, "first")
    first.journal.asking("q0", "first", 41)
    first.journal.asking("q1", "first", 42)
    second = Process(tmp_path, loop, "second", most=1)
    second.wires.troubles["ask"] = [RequestLost("that session is over")]
    names = [reply.name for reply in second.ask(questions(2)).all()]
    assert names[1] == "first/42"
    assert names[0].startswith("second/")


def test_what_was_paid_for_before_a_kill_is_collected_for_nothing(
    tmp_path: Path, loop: asyncio.AbstractEventLoop
) -> None:
    first = Process(tmp_path, loop, "first")
    names = [reply.name for reply in first.ask(questions(3)).all()]
    second = Process(tmp_path, loop, "second")
    assert [reply.name for reply in second.ask(questions(3)).all()] == names
    assert not second.wires.asked
    assert second.job.dollars == 0.0
    assert second.service.spending.total() == 3 * WRITTEN


def test_a_refused_question_keeps_its_turn(
    tmp_path: Path, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradus.tinker.throttle.MAX_PAUSE_SECONDS", 0.01)
    process = Process(tmp_path, loop, "s", most=1)
    process.wires.troubles["ask"] = [RateLimited()]
    assert [place for place, _ in process.ask(questions(4)).as_completed()] == [0, 1, 2, 3]


def test_weights_that_are_gone_are_named_at_once(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> None:
    process = Process(tmp_path, loop, "s", most=1)
    process.wires.troubles["ask"] = [RequestLost("checkpoint not found")]
    with pytest.raises(GradusError, match=r"made/up: the service no longer has it .*train again"):
        process.ask(questions(2)).all()


def test_keys_are_free_again_where_no_journal_is_kept(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> None:
    process = Process(tmp_path, loop, "s")
    first = process.requests.ask(questions(2)).all()
    second = process.requests.ask(questions(2)).all()
    assert {reply.name for reply in first}.isdisjoint({reply.name for reply in second})
