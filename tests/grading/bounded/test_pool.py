import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from grading.bounded.processes import fork_servers, killing, workers
from gradus.grading.bounded import pool
from gradus.grading.bounded.limits import CPU_SECONDS
from gradus.grading.bounded.messages import Answer, Question

SCRIPTS = str(Path(__file__).parents[3] / "scripts")
WALL_SECONDS = 60.0
"""Far more than the CPU budget takes, so that a busy machine fails no test."""
LATE_SECONDS = 30.0
"""How late a busy machine may be, and less than forever."""
SURE = Question("math_verify", "1+x", r"\boxed{x+1}")
HOSTILE = Question("math_verify", "9^{9^{9^9}}", "1")
CAUSES = {"timeout", "worker_died"}


@pytest.fixture(autouse=True)
def _warm():
    pool.warm_up("math_verify")


def ask(question, seconds: float = WALL_SECONDS):
    begin = time.monotonic()
    answer = pool.ask(question, begin + seconds)
    assert time.monotonic() - begin < seconds + LATE_SECONDS
    return answer


def spent_by_workers() -> float:
    """CPU seconds of the workers that have ended."""
    (server,) = fork_servers()
    times = server.cpu_times()
    return times.children_user + times.children_system


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WALL_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def run_alone(code: str, **options) -> subprocess.CompletedProcess:
    """Run code in an interpreter of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=os.environ | {"PYTHONPATH": SCRIPTS},
        capture_output=True,
        text=True,
        timeout=300,
        **options,
    )


def test_an_answer():
    assert ask(SURE) == Answer(True, "equal", final=True)


def test_the_budget_is_cpu_time_and_its_end_is_final():
    before = spent_by_workers()
    answer = ask(HOSTILE)
    assert answer == Answer(None, "timeout", final=True)
    assert 0.9 * CPU_SECONDS < spent_by_workers() - before < CPU_SECONDS + 0.3
    assert ask(SURE).equal is True


def test_the_deadline_on_the_clock_is_kept_and_is_not_final():
    # Within 0.1 s nothing has used up a budget of 0.4 s, however fast or slow the machine is.
    assert ask(HOSTILE, 0.1) == Answer(None, "timeout", final=False)
    assert pool.ask(SURE, time.monotonic() - 1).reason == "timeout"


def test_a_question_longer_than_a_socket_buffer_is_answered_within_the_deadline():
    long = Question("math_verify", "1+x", "It is a long way. " * 50_000 + r"\boxed{x+1}")
    assert ask(long).reason in ("equal", "timeout")
    (server,) = fork_servers()
    server.send_signal(signal.SIGSTOP)
    try:
        assert ask(long, 0.1) == Answer(None, "timeout", final=False)
    finally:
        server.send_signal(signal.SIGCONT)


def test_workers_whose_caller_hung_up_are_killed():
    asking = threading.Thread(target=ask, args=(HOSTILE, 2.0))
    asking.start()
    wait_until(lambda: bool(workers()))
    workers()[0].suspend()  # so that it does not end by itself
    asking.join()
    wait_until(lambda: workers() == [])


def test_a_killed_fork_server_is_replaced():
    fork_servers()[0].send_signal(signal.SIGKILL)
    assert ask(SURE).equal is True
    assert len(fork_servers()) == 1


def test_a_worker_that_is_always_killed_is_given_up():
    with killing(1, servers_too=False, pause=0.005) as killed:
        answer = ask(HOSTILE)
    assert answer == Answer(None, "worker_died", final=False)
    assert len(killed) >= 2


@pytest.mark.parametrize("kills", [False, True])
def test_eight_threads(kills):
    questions = [HOSTILE if index % 4 == 0 else SURE for index in range(40)]

    def answer_all():
        with ThreadPoolExecutor(8) as threads:
            return list(threads.map(ask, questions))

    if kills:
        with killing(2, servers_too=True):
            answers = answer_all()
    else:
        answers = answer_all()
    for question, answer in zip(questions, answers):
        if question is HOSTILE or answer.equal is None:
            assert answer.equal is None
            assert answer.reason in CAUSES
    if not kills:
        assert all(answer.equal is True for question, answer in zip(questions, answers) if question is SURE)
    assert len(fork_servers()) <= 1


def test_the_same_answer_whatever_was_asked_before():
    answers = [(a, rf"\boxed{{{b}}}") for a in ("x^2-1", "(x-1)(x+1)", "y") for b in ("1", "x^2-1")]
    questions = [Question("math_verify", a, b) for a, b in answers]
    first = [ask(question) for question in questions]
    assert [ask(question) for question in reversed(questions)] == first[::-1]


def test_a_forked_child_has_workers_of_its_own():
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = pool.ask(SURE, time.monotonic() + WALL_SECONDS)
        os.write(writing, str(answer.equal).encode())
        pool._pool.end()
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 10) == b"True"
    assert ask(SURE).equal is True
    os.close(reading)
    os.close(writing)


def test_it_can_be_asked_from_a_thread_that_ends():
    answers = []
    thread = threading.Thread(target=lambda: answers.append(ask(SURE)))
    thread.start()
    thread.join()
    assert [*answers, ask(SURE)] == [ask(SURE)] * 2


@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)", "sys.exit()"])
def test_nothing_is_left_behind(end):
    result = run_alone(f"""
        import os, signal, sys, threading, time
        import psutil
        from gradus.grading.bounded import pool
        from gradus.grading.bounded.messages import Question
        pool.warm_up("math_verify")
        hostile = {HOSTILE!r}
        threading.Thread(target=pool.ask, args=(hostile, time.monotonic() + {WALL_SECONDS}), daemon=True).start()
        while len(found := psutil.Process().children(recursive=True)) < 2:
            time.sleep(0.01)
        print(*[process.pid for process in found], flush=True)
        {end}
    """)
    left = [int(pid) for pid in result.stdout.split()]
    assert len(left) >= 2
    wait_until(lambda: not any(_runs(pid) for pid in left))


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_keys_of_the_environment_reach_no_worker(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "secret")
    fork_servers()[0].send_signal(signal.SIGKILL)
    ask(SURE)
    assert "SOME_API_KEY" not in fork_servers()[0].environ()


def test_importing_the_pool_imports_no_algebra():
    result = run_alone("""
        import sys
        import gradus.grading.bounded.pool
        print(sorted({"sympy", "math_verify", "mpmath"} & set(sys.modules)))
    """)
    assert result.stdout.strip() == "[]"


def test_what_a_missing_library_says(tmp_path):
    (tmp_path / "math_verify.py").write_text("raise ImportError('No module named math_verify')")
    result = run_alone(f"""
        import sys, time
        from gradus.grading.bounded import pool
        from gradus.grading.bounded.messages import Question
        pool._SCRIPTS = {str(tmp_path)!r} + ":" + pool._SCRIPTS
        for call in (lambda: pool.warm_up("math_verify"), lambda: pool.ask({SURE!r}, time.monotonic() + 60)):
            try:
                call()
            except pool.GradusError as error:
                print(error)
    """)
    lines = result.stdout.splitlines()
    assert len(lines) == 2
    assert all("No module named math_verify" in line for line in lines), result
