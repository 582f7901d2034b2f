"""Many sampling requests at once: bounded, within the ceiling, and paid for once however often the job is killed."""

import asyncio
import queue
import random
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import tinker

from gradus.provenance.errors import GradusError
from gradus.tinker.calls import Calls, RateLimited, RequestFailed, RequestLost
from gradus.tinker.journal import Journal
from gradus.tinker.service import Missing, Service, within

OPEN_TIMEOUT_SECONDS = 120.0
"""For the service to load the weights that are sampled from."""

MAX_ATTEMPTS = 4
"""Of a request that the service loses, or cannot answer."""

GONE = "a checkpoint has expired, or was deleted: train again, or evaluate with a sampler that runs here"

RATE_LIMIT_TIMEOUT_SECONDS = 3600.0
"""Without an answer, after which the job of a rate-limited study gives up."""

POLL_SECONDS = 0.2
"""After which the limit and the ceiling are checked again, where nothing has happened."""


@dataclass(frozen=True)
class Question:
    """One request. `key` names it in the journal; its `samples` answers differ, its prompt is paid for once.

    An answer ends with one of `stop` or after `max_tokens`. With `prompt_logprobs` the reply has those of the prompt.
    """

    key: str
    prompt: Sequence[int]
    seed: int
    max_tokens: int
    samples: int = 1
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = -1
    stop: Sequence[int] = ()
    prompt_logprobs: bool = False

    def request(self, session: str, number: int) -> tinker.types.SampleRequest:
        return tinker.types.SampleRequest(
            sampling_session_id=session,
            seq_id=number,
            num_samples=self.samples,
            prompt=tinker.types.ModelInput.from_ints(list(self.prompt)),
            sampling_params=tinker.types.SamplingParams(
                max_tokens=self.max_tokens,
                seed=self.seed,
                stop=list(self.stop) or None,
                temperature=self.temperature,
                top_p=self.top_p,
                top_k=self.top_k,
            ),
            prompt_logprobs=self.prompt_logprobs,
        )


class Requests:
    """Requests to one set of weights on the service: the base model, or an adapter saved for sampling."""

    def __init__(self, service: Service, session: str, what: str, model: str | None = None) -> None:
        """`session` is a sampling session's id, `what` its weights in errors, `model` whose price is paid: by default
        that of the job."""
        self.service, self.session, self.what, self.model = service, session, what, model or service.model
        self.calls = Calls(service)
        # Numbers of a session are never given twice. The SDK counts from 0, and takes such a block for each copy of a
        # client, so a client of the SDK may work on the same session.
        self._number = random.randrange(1, 1_000_000_000) * 1_000_000_000

    @classmethod
    def open(cls, service: Service, path: str | None = None, model: str | None = None) -> "Requests":
        """Requests to the adapter saved at `path` (tinker://...), or to its base model where it is None. `model`: that
        base, by the service's name; None: the job's.

        Raises GradusError where the service does not have it.
        """
        model = model or service.model
        what = path or model
        base = None if path else model
        try:
            opened = within(
                OPEN_TIMEOUT_SECONDS,
                f"opening {what}",
                lambda: service.client.create_sampling_client(model_path=path, base_model=base).result(),
            )
        except Missing as error:
            raise Missing(f"{error}; {GONE}") from error
        return cls(service, opened._sampling_session_id, what, model)

    def ask(self, questions: Sequence[Question], journal: Journal | None = None) -> "Replies":
        """Start all of `questions`; they run while the caller does something else, or collects.

        With a `journal` in the job's state, a job that was killed collects what it had asked for. All keys of questions
        to one journal differ.
        """
        return Replies(self, questions, journal or Journal(None))

    def next_number(self) -> int:
        self._number += 1
        return self._number


@dataclass(frozen=True)
class _InFlight:
    """What belongs to a request in flight: its question, the throttle's round, and the dollars reserved for it."""

    index: int
    from_round: int
    dollars: float


class Replies:
    """The replies to questions that were started together.

    They are asked from the event loop of the SDK, where all of the bookkeeping happens; they are read from anywhere.
    """

    def __init__(self, requests: Requests, questions: Sequence[Question], journal: Journal) -> None:
        self._requests, self._questions, self._journal = requests, questions, journal
        self._service = requests.service
        # What was asked before a kill is only collected, and comes first.
        places = range(len(questions))
        self._waiting = deque(sorted(places, key=lambda place: self._journal.asked(questions[place].key) is None))
        self._in_flight: dict[asyncio.Task[tinker.types.SampleResponse], _InFlight] = {}
        self._tries = dict.fromkeys(places, 0)
        self._repeated: set[int] = set()
        self._resume, self._answered = 0.0, time.monotonic()
        self._problem: Exception | None = None
        self._ready: queue.SimpleQueue[tuple[int, tinker.types.SampleResponse] | None] = queue.SimpleQueue()
        self._running = self._service.client.holder.run_coroutine_threadsafe(self._run()).future()

    def as_completed(self) -> Iterator[tuple[int, tinker.types.SampleResponse]]:
        """Each reply with the place of its question, as soon as it is there.

        Raises GradusError in the end where a question got none: the ceiling is reached, the service is gone or fails.
        """
        try:
            while (reply := self._ready.get()) is not None:
                yield reply
            self._running.result()
        finally:
            self.cancel()

    def all(self) -> list[tinker.types.SampleResponse]:
        """All replies, in the order of the questions. Raises as `as_completed` does."""
        replies = dict(self.as_completed())
        return [replies[index] for index in range(len(self._questions))]

    def cancel(self) -> None:
        """Ask for no more, and wait for none; what the service has been asked is in the journal."""
        self._running.cancel()

    async def _run(self) -> None:
        """Keep as many requests in flight as throttle and ceiling allow."""
        try:
            while self._in_flight or (self._waiting and self._problem is None):
                self._start_what_fits()
                if self._in_flight:
                    first = asyncio.FIRST_COMPLETED
                    ended, _ = await asyncio.wait(self._in_flight, timeout=POLL_SECONDS, return_when=first)
                    for task in ended:
                        self._end(task)
                else:
                    await asyncio.sleep(POLL_SECONDS)
            if self._problem is not None:
                raise self._problem
        finally:
            for task in list(self._in_flight):
                task.cancel()
                self._leave(task)
                self._service.throttle.failed()
            self._ready.put(None)

    def _start_what_fits(self) -> None:
        throttle, spending = self._service.throttle, self._service.spending
        while self._waiting and self._problem is None and time.monotonic() >= self._resume and throttle.has_room():
            dollars = self._most_dollars(self._waiting[0])
            if dollars and not spending.reserve(dollars):
                # What is in flight, here and in other jobs, may cost less than the most it can.
                if not throttle.running and not spending.has_room(dollars):
                    self._problem = spending.exceeded(dollars, "the next request")
                elif not throttle.running:
                    self._service.log("waiting for other jobs, whose requests may take the rest of max_dollars")
                return
            index = self._waiting.popleft()
            self._in_flight[asyncio.create_task(self._one(index))] = _InFlight(index, throttle.start(), dollars)

    def _leave(self, task: asyncio.Task[tinker.types.SampleResponse]) -> None:
        place = self._in_flight.pop(task)
        if place.dollars:
            self._service.spending.release(place.dollars)

    def _end(self, task: asyncio.Task[tinker.types.SampleResponse]) -> None:
        """Hand a reply on, or put the question back, or let the others finish and stop."""
        place, error = self._in_flight[task], task.exception()
        if error is None:
            self._charge(place.index, task.result())
        self._leave(task)
        if error is None:
            self._answered = time.monotonic()
            self._service.throttle.answered()
            self._ready.put((place.index, task.result()))
        elif isinstance(error, RateLimited):
            self._pause(place)
        else:
            self._service.throttle.failed()
            if isinstance(error, RequestLost | RequestFailed):
                self._retry(place.index, error)
            elif isinstance(error, Exception):
                self._problem = self._problem or error
            else:
                raise error

    def _pause(self, place: _InFlight) -> None:
        pause = self._service.throttle.rate_limited(place.from_round)
        self._waiting.appendleft(place.index)
        now = time.monotonic()
        self._resume = now + pause
        most = int(self._service.throttle.limit)
        self._service.log(f"rate-limited: at most {most} requests at once, after {pause:g} s")
        if now - self._answered > RATE_LIMIT_TIMEOUT_SECONDS:
            self._problem = self._problem or GradusError(
                f"{self._service.url}: all requests were rate-limited for {RATE_LIMIT_TIMEOUT_SECONDS / 60:.0f} "
                "minutes; what is finished is kept: run again later to resume from here"
            )

    def _retry(self, index: int, error: RequestLost | RequestFailed) -> None:
        key = self._questions[index].key
        self._tries[index] += 1
        if self._tries[index] < MAX_ATTEMPTS:
            self._service.job.log(f"request {key} is repeated: {error}")
            self._repeated.add(index)
            self._waiting.append(index)
        else:
            self._problem = self._problem or GradusError(
                f"request {key} failed {MAX_ATTEMPTS} times at {self._service.url} ({error}); what is finished is "
                "kept: run again to resume from here"
            )

    async def _one(self, index: int) -> tinker.types.SampleResponse:
        question, journal, calls = self._questions[index], self._journal, self._requests.calls
        asked = journal.asked(question.key)
        if asked is None or index in self._repeated:
            self._repeated.discard(index)
            asked = journal.asking(question.key, self._requests.session, self._requests.next_number())
        if asked.request is None:
            try:
                request = await calls.ask(question.request(asked.session, asked.number))
            except RequestLost as error:
                if asked.session != self._requests.session:
                    raise  # of a session before a kill
                raise Missing(f"{self._requests.what}: the service no longer has it ({error}); {GONE}") from error
            journal.given(question.key, request)
            asked.request = request
        return await calls.collect(asked.request, question.samples)

    def _most_dollars(self, index: int) -> float:
        """What a question can cost at most; nothing more where the service has it already."""
        question = self._questions[index]
        asked = self._journal.asked(question.key)
        if asked is not None and asked.request is not None and index not in self._repeated:
            return 0.0
        most = question.samples * question.max_tokens
        return self._service.spending.cost(self._requests.model, prefill=len(question.prompt), sample=most)

    def _charge(self, index: int, reply: tinker.types.SampleResponse) -> None:
        """Pay for an answer, once."""
        # Prompt tokens that the service finds in its cache cost it less; they are charged in full here.
        question = self._questions[index]
        asked = self._journal.asked(question.key)
        if asked is not None and not asked.paid:
            written = sum(len(sequence.tokens) for sequence in reply.sequences)
            self._service.spending.charge(
                self._requests.model,
                prefill=len(question.prompt),
                sample=written,
                call=f"{asked.session}/{asked.number}",
            )
        self._journal.answered(question.key)
