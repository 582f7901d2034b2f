"""Signals that ask a job to end: when they are obeyed, and what it says then."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradus.provenance import stop_signals
from gradus.provenance.stop_signals import SIGNALS, Stopped, StopSignal

SCRIPTS = Path(stop_signals.__file__).parents[2]
FOREVER_SECONDS = 300


def send(number: int = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


@pytest.fixture
def stop_signal() -> Iterator[StopSignal]:
    made = StopSignal()
    with made.handled():
        yield made


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_noted_and_obeyed_at_the_next_place(stop_signal: StopSignal, number: signal.Signals) -> None:
    with stop_signal.deferring():
        stop_signal.reached("step 1 of 3")
        send(number)
        assert stop_signal.received
        with pytest.raises(
            Stopped, match=f"^stopped by {number.name} at step 2 of 3; the next run goes on from there$"
        ):
            stop_signal.reached("step 2 of 3")


def test_work_that_may_be_left_is_interrupted(stop_signal: StopSignal) -> None:
    with stop_signal.deferring():
        threading.Timer(0.05, send).start()
        begin = time.monotonic()
        with pytest.raises(Stopped), stop_signal.interruptible():
            time.sleep(FOREVER_SECONDS)
        assert time.monotonic() - begin < FOREVER_SECONDS
        with pytest.raises(Stopped), stop_signal.interruptible():
            raise AssertionError("not reached")


def test_the_wait_for_the_next_item_is_interrupted(stop_signal: StopSignal) -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        time.sleep(FOREVER_SECONDS)
        yield 3

    with stop_signal.deferring():
        found = stop_signal.interrupting(items())
        assert next(found) == 1
        assert next(found) == 2
        threading.Timer(0.05, send).start()
        with pytest.raises(Stopped):
            next(found)
    assert list(StopSignal().interrupting(iter("abc"))) == ["a", "b", "c"]


def test_handlers_are_put_back_and_what_was_ignored_stays_so() -> None:
    ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
    before = [signal.getsignal(number) for number in SIGNALS]
    try:
        with StopSignal().handled():
            assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) != before[0]
        assert [signal.getsignal(number) for number in SIGNALS] == before
    finally:
        signal.signal(signal.SIGINT, ignored)


def test_other_threads_get_no_signals_and_may_ask_all_the_same(stop_signal: StopSignal) -> None:
    done = []

    def work() -> None:
        with StopSignal().handled(), stop_signal.deferring():
            stop_signal.reached("step 1 of 2")
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_where_another_process_ends_this_one_signals_are_only_noted() -> None:
    stop_signal = StopSignal(ends_process=False)
    with stop_signal.handled():
        send()
        send()
        assert stop_signal.received
        with pytest.raises(Stopped, match="stopped by SIGTERM at step 2"):
            stop_signal.reached("step 2")


def test_one_that_came_to_another_process_is_obeyed_here_too() -> None:
    StopSignal().reached("step 1", elsewhere=False)
    with pytest.raises(Stopped, match="stopped by SIGTERM at step 2"):
        StopSignal().reached("step 2", elsewhere=True)


PROCESS = """
import sys, time
from gradus.provenance import stop_signals
stop_signal = stop_signals.StopSignal()
stop_signals.SAME_REQUEST_SECONDS = float(sys.argv[2])
with stop_signal.handled():
    if sys.argv[1] == "deferring":
        with stop_signal.deferring():
            print("ready", flush=True)
            time.sleep(300)
    else:
        print("ready", flush=True)
        time.sleep(300)
"""


def started(how: str, same_request_seconds: float = 0.0) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    command = [sys.executable, "-c", PROCESS, how, str(same_request_seconds)]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=0
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", SIGNALS)
def test_what_has_nothing_to_save_ends_at_once(number: signal.Signals) -> None:
    process = started("outside")
    process.send_signal(number)
    assert process.wait(FOREVER_SECONDS) == -number
    assert process.stderr is not None
    assert process.stderr.read() == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(number: signal.Signals) -> None:
    process = asked_once(started("deferring"))
    process.send_signal(number)
    assert process.wait(FOREVER_SECONDS) == -number


def test_a_signal_that_comes_twice_is_one() -> None:
    process = asked_once(started("deferring", same_request_seconds=FOREVER_SECONDS))
    process.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.kill()
    process.wait()


def asked_once(process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    assert process.stderr.readline() == (
        "SIGTERM: ends once the work at hand is saved; a second signal ends it at once\n"
    )
    return process
