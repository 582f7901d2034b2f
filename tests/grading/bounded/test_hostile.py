import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import psutil
import pytest

from grading.bounded.hostile import CODE, SUITE, own_pairs, suite_pairs
from grading.bounded.processes import fork_servers, killing, workers
from gradus.grading.bounded.limits import MEMORY_BYTES
from gradus.grading.bounded.pool import MAX_WORKERS, _pool, warm_up
from gradus.grading.verdict import forget, grade_answer, group_equivalent

ITEM_LIMIT = 2.0


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    """Workers start in the folder of the caller, so files written by injected code would appear there."""
    monkeypatch.chdir(tmp_path)
    _pool.end()
    forget()
    warm_up()
    yield
    assert list(tmp_path.iterdir()) == []


def judge(pair: tuple[str, str]) -> tuple[float, object]:
    """Wall-clock seconds, and the verdict."""
    begin = time.monotonic()
    verdict = grade_answer(*pair)
    return time.monotonic() - begin, verdict


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
    """Judge the pairs, each within the limit, and return the verdicts."""
    with memory_watched() as peak, ThreadPoolExecutor(threads) as executor:
        judged = list(executor.map(judge, pairs))
    slow = [(seconds, pair[0][:60], pair[1][:60]) for (seconds, _), pair in zip(judged, pairs) if seconds > ITEM_LIMIT]
    assert slow == []
    assert peak[0] < min(threads, MAX_WORKERS) * MEMORY_BYTES
    assert len(fork_servers()) <= 1
    verdicts = [verdict for _, verdict in judged]
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
    begin = time.monotonic()
    groups = group_equivalent(answers)
    assert time.monotonic() - begin < 60
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
    undisturbed = [grade_answer(*pair).correct for pair in pairs]
    with killing(5, servers_too=False, pause=0.01):
        for pair, correct in zip(pairs, undisturbed):
            forget()
            verdict = grade_answer(*pair)
            assert verdict.correct in (correct, None)
            if correct is not None and verdict.correct is None:
                assert verdict.reason in ("worker_died", "timeout")
