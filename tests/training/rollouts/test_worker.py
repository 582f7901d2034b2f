"""The thread that draws rollouts."""

import subprocess
import sys

import pytest

from gradus.training.rollouts.worker import Worker
from linked_project import PROJECT


def test_work_is_done_in_order_and_what_it_raises_is_raised_where_it_was_asked() -> None:
    worker: Worker[int] = Worker()
    done: list[int] = []
    futures = [worker.submit(lambda number=number: done.append(number) or 1 // (number - 1)) for number in range(3)]
    assert futures[0].result() == -1
    with pytest.raises(ZeroDivisionError):
        futures[1].result()
    assert futures[2].result() == 1
    assert done == [0, 1, 2]
    worker.close()


def test_a_process_that_fails_does_not_wait_for_its_rollouts() -> None:
    code = (
        "import time\nfrom gradus.training.rollouts.worker import Worker\n"
        "Worker().submit(lambda: time.sleep(600))\ntime.sleep(0.1)\nraise SystemExit(3)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT / "scripts", check=False, timeout=600)
    assert done.returncode == 3
