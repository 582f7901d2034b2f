"""How long jobs take together, by cases that are worked by hand."""

import pytest

from gradus.estimates.schedule import Task, critical_seconds, used_seconds, wall_seconds

ONE_CORE = {"cores": 1}


def task(name: str, seconds: float, *before: str, cores: int = 1, gpus: int = 0) -> Task:
    return Task(name, seconds, before, {"cores": cores, "gpus": gpus})


def test_one_core_takes_the_sum_and_many_the_longest_chain() -> None:
    tasks = [task("a", 3), task("b", 4, "a"), task("c", 5, "a"), task("d", 1, "b", "c")]
    assert wall_seconds(tasks, {"cores": 1}) == 13
    assert wall_seconds(tasks, {"cores": 2}) == 3 + 5 + 1
    assert wall_seconds(tasks, {}) == critical_seconds(tasks) == 9


def test_what_most_work_waits_for_begins_first() -> None:
    """In the order of their names, `z` would begin at 2 and end at 11."""
    tasks = [task("a", 2), task("b", 2), task("c", 2), task("y", 1), task("z", 8, "y")]
    assert wall_seconds(tasks, {"cores": 2}) == 1 + 8


def test_a_job_waits_until_all_its_threads_are_free() -> None:
    """`wide` begins when both cores are free, at 3; `c`, which fits beside `a`, goes first."""
    tasks = [task("a", 3), task("b", 1), task("wide", 4, "b", cores=2), task("c", 1, "b")]
    assert wall_seconds(tasks, {"cores": 2}) == 3 + 4


def test_a_job_that_asks_for_more_cores_than_there_are_gets_all() -> None:
    assert wall_seconds([task("a", 3, cores=8), task("b", 2)], {"cores": 2}) == 5


def test_gpus_are_shared_and_what_needs_none_runs_beside() -> None:
    tasks = [task("a", 5, gpus=1), task("b", 5, gpus=1), task("c", 4), task("d", 4)]
    assert wall_seconds(tasks, {"cores": 4, "gpus": 1}) == 10
    assert wall_seconds(tasks, {"cores": 4, "gpus": 2}) == 5


def test_where_no_gpu_is_there_those_jobs_still_take_their_time() -> None:
    assert wall_seconds([task("a", 5, gpus=1), task("b", 5, gpus=1)], {"cores": 2, "gpus": 0}) == 5


def test_the_first_that_loads_takes_longer() -> None:
    first, second = (Task(name, 2, (), {"cores": 1}, loads="model", load_seconds=10) for name in "ab")
    assert wall_seconds([first, second], ONE_CORE) == 14
    assert used_seconds([first, second], "cores") == {"a": 12, "b": 2}
    apart = Task("c", 2, (), {"cores": 1}, load_seconds=10)
    assert used_seconds([apart, apart, first], "cores") == {"c": 12, "a": 12}


def test_a_running_job_keeps_its_place() -> None:
    """It would be the last to begin, as the least work waits for it."""
    tasks = [task("a", 6), Task("b", 1, (), {"cores": 1}, runs=True)]
    assert wall_seconds(tasks, ONE_CORE) == 7
    tasks = [task("a", 6, "b"), Task("b", 1, (), {"cores": 1}, runs=True), task("c", 9)]
    assert wall_seconds(tasks, ONE_CORE) == 16


def test_what_is_done_already_is_waited_for_by_nobody() -> None:
    assert wall_seconds([task("b", 4, "a")], ONE_CORE) == 4
    assert wall_seconds([], ONE_CORE) == critical_seconds([]) == 0


def test_jobs_that_wait_for_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\['a', 'b'\]"):
        wall_seconds([task("a", 1, "b"), task("b", 1, "a")], ONE_CORE)
