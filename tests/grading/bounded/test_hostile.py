import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil
import pytest

from grading.bounded.hostile import CODE, SUITE, own_pairs, suite_pairs
from grading.bounded.processes import fork_servers, killing, workers
from gradus.grading.bounded import pool
from gradus.grading.bounded.limits import CPU_SECONDS, MEMORY_BYTES
from gradus.grading.bounded.pool import MAX_WORKERS, warm_up
from gradus.grading.verdict import MAX_QUESTIONS, Verdict, forget, grade_answer, grade_answers, group_equivalent

OWN_SECONDS = 1.5
"""The most CPU time that a verdict takes in this process: parsing, and waiting for a worker."""
WORKER_SECONDS = CPU_SECONDS + 0.3
"""The same of a try in a worker: its budget, and how late the kernel may notice its end."""
MAX_TRIES = 2
HANGING_SECONDS = 120.0
"""No verdict takes so long on the busiest machine."""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    """Workers start in the folder of the caller, so files written by injected code would appear there."""
    monkeypatch.chdir(tmp_path)
    pool._pool.end()
    forget()
    warm_up()
    yield
    assert list(tmp_path.iterdir()) == []


@dataclass(frozen=True)
class Judged:
    pair: tuple[str, str]
    verdict: Verdict
    own_seconds: float
    """Of CPU time, in this process."""
    tries: int
    """Workers that were asked."""
    wall_seconds: float

    def __str__(self) -> str:
        answers = " and ".join(text[:60] for text in self.pair)
        return f"{answers}: {self.tries} tries, {self.own_seconds:.2f} s here, {self.wall_seconds:.2f} s in all"


tried = threading.local()


@pytest.fixture(autouse=True)
def _tries_counted(monkeypatch):
    ask_once = pool._ask_once

    def counted(*arguments):
        tried.times = getattr(tried, "times", 0) + 1
        return ask_once(*arguments)

    monkeypatch.setattr(pool, "_ask_once", counted)


def judge(pair: tuple[str, str]) -> Judged:
    tried.times, own, begin = 0, time.thread_time(), time.monotonic()
    verdict = grade_answer(*pair)
    return Judged(pair, verdict, time.thread_time() - own, tried.times, time.monotonic() - begin)


def spent_by_workers() -> float:
    """CPU seconds of all workers that have ended, but for those of fork servers that were killed."""
    times = [server.cpu_times() for server in fork_servers()]
    return sum(each.children_user + each.children_system for each in times)


@contextmanager
def memory_watched():
    """Peak resident memory, in bytes, of all workers together, sampled every 20 ms."""
    stop, peak = threading.Event(), [0]

    def watch() -> None:
        while not stop.wait(0.02):
            total = 0
            for process in workers():
                with suppress(psutil.NoSuchProcess):
                    total += process.memory_info().rss
            peak[0] = max(peak[0], total)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def check(pairs: list[tuple[str, str]], threads: int) -> list[object]:
    """Judge the pairs, each within its limits, which do not depend on the machine's load; return the verdicts."""
    before = spent_by_workers()
    with memory_watched() as peak, ThreadPoolExecutor(threads) as executor:
        judged = list(executor.map(judge, pairs))
    assert [str(each) for each in judged if each.tries > MAX_TRIES] == []
    assert [str(each) for each in judged if each.own_seconds > OWN_SECONDS] == []
    assert [str(each) for each in judged if each.wall_seconds > HANGING_SECONDS] == []
    assert spent_by_workers() - before < WORKER_SECONDS * sum(each.tries for each in judged) + 1
    assert peak[0] < min(threads, MAX_WORKERS) * MEMORY_BYTES
    assert len(fork_servers()) <= 1
    verdicts = [each.verdict for each in judged]
    assert all(verdict.correct is not None or verdict.reason for verdict in verdicts)
    return verdicts


def test_code_is_not_executed():
    pairs = [(text, gold) for text in CODE for gold in ("1", r"\sqrt{2}", CODE[1])]
    check(pairs + [(gold, answer) for answer, gold in pairs], threads=1)


def test_own_hostile_answers():
    pairs = [pair for pair in own_pairs() if pair[1] == "1"]
    right = [verdict.answer for verdict in check(pairs, threads=2) if verdict.correct]
    # Brackets, boxes, fractions, bars and even minus signs around ones and nothing else.
    assert all(set(answer) <= set(r"()1{}\boxedfrac-|") for answer in right)


@pytest.mark.slow
def test_own_hostile_answers_against_expensive_comparisons():
    check(own_pairs(), threads=1)


def test_a_vote_of_hostile_answers():
    answers = sorted({answer for answer, _ in own_pairs()})
    tried.times, begin = 0, time.thread_time()
    groups = group_equivalent(answers)
    assert tried.times <= MAX_QUESTIONS
    assert time.thread_time() - begin < 20 * OWN_SECONDS
    assert len(groups) == len(answers)


@pytest.mark.slow
@pytest.mark.skipif(not SUITE.is_file(), reason=f"{SUITE.name} is not beside the project")
@pytest.mark.parametrize(("threads", "kills"), [(1, False), (8, False), (8, True)])
def test_the_suite_both_ways_round(threads, kills):
    pairs = suite_pairs()
    if not kills:
        check(pairs, threads)
        return
    with killing(3, servers_too=True) as killed:
        check(pairs, threads)
    assert killed


@pytest.mark.slow
@pytest.mark.parametrize("kills", [False, True])
def test_own_hostile_answers_in_eight_threads(kills):
    if not kills:
        check(own_pairs() * 2, threads=8)
        return
    with killing(4, servers_too=True):
        check(own_pairs() * 2, threads=8)


def test_killed_workers_change_no_verdict_to_its_opposite():
    pairs = [(r"\sqrt{x+1}-1", r"\frac{x}{\sqrt{x+1}+1}"), (r"\sin 2x", r"2\sin x\cos x"), (r"\sin x", r"\cos x")] * 6
    undisturbed = [verdict.correct for verdict in grade_answers(pairs)]
    with killing(5, servers_too=False, pause=0.01):
        for pair, correct in zip(pairs, undisturbed):
            forget()
            verdict = grade_answer(*pair)
            assert verdict.correct in (correct, None)
            if correct is not None and verdict.correct is None:
                assert verdict.reason in ("worker_died", "timeout")
