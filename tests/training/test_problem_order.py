"""Which problems each step asks, by hand: passes over a set, what is dropped, and one set after another."""

from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from tiny import job_of, problems

from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.provenance.errors import GradusError
from gradus.specs.training import GrpoSpec
from gradus.training.problem_order import ProblemOrder, fresh_carried
from gradus.training.steps import steps_of

CURRICULUM = [{"set": "easy", "steps": 2}, {"set": "hard", "steps": 1}, {"set": "easy", "steps": 2}]


@pytest.fixture
def settings(tmp_path: Path) -> Any:
    def made(**changed: Any) -> GrpoSpec:
        return job_of(tmp_path, "direct_rl", batch_size=2, **changed).settings

    return made


def batches(order: ProblemOrder, carried: dict[str, Any], steps: int | None = None) -> list[list[int]]:
    found = []
    for _ in range(steps or order.steps):
        found.append(order.next(order.settings.batch_size, carried))
        carried["collected"] += 1
    return found


@pytest.mark.parametrize(
    ("problems", "batch", "epochs", "drop_last", "steps"),
    [
        (7_500, 128, 1, True, 58),  # seed 001: MATH, every level
        (7_500, 128, 1, False, 59),
        (3_994, 64, 1, True, 62),  # levels 4 and 5
        (3_994, 64, 2, True, 124),
        (3_994, 64, 2, False, 125),  # 124.8
        (64, 64, 3, True, 3),
        (63, 64, 3, True, 0),
    ],
)
def test_how_many_steps_passes_have(
    problems: int, batch: int, epochs: int, drop_last: bool, steps: int, tmp_path: Path
) -> None:
    job = job_of(tmp_path, "direct_rl", steps=None, epochs=epochs, drop_last=drop_last, batch_size=batch)
    assert steps_of(job.settings, problems) == steps
    assert steps_of(job.settings, None) is None


def test_a_number_of_steps_needs_no_number_of_problems(settings: Any) -> None:
    assert steps_of(settings(steps=7), None) == 7
    assert steps_of(settings(steps=None), None) == 100
    assert steps_of(settings(steps=None, problems=CURRICULUM), None) == 5


def test_in_the_order_of_the_file_each_pass_is_the_same(settings: Any) -> None:
    kept = ProblemOrder.over(settings(steps=None, epochs=2, order="file"), {"train": 5})
    assert batches(kept, fresh_carried()) == [[0, 1], [2, 3], [4, 0], [1, 2], [3, 4]]
    dropped = ProblemOrder.over(settings(steps=None, epochs=2, order="file", drop_last=True), {"train": 5})
    assert batches(dropped, fresh_carried()) == [[0, 1], [2, 3], [0, 1], [2, 3]]


def test_shuffled_passes_have_orders_of_their_own(settings: Any) -> None:
    kept = ProblemOrder.over(settings(steps=None, epochs=4), {"train": 6})
    asked = batches(kept, fresh_carried())
    passes = [tuple(chain(*asked[at : at + 3])) for at in range(0, 12, 3)]
    assert all(sorted(one) == list(range(6)) for one in passes)
    assert len(set(passes)) == 4
    dropped = ProblemOrder.over(settings(steps=None, epochs=4, drop_last=True), {"train": 7})
    asked = batches(dropped, fresh_carried())
    assert dropped.steps == len(asked) == 12
    passes = [tuple(chain(*asked[at : at + 3])) for at in range(0, 12, 3)]
    assert all(len(set(one)) == 6 for one in passes)
    assert len({tuple(set(range(7)) - set(one)) for one in passes}) > 1  # another one is left out each time


def test_one_set_comes_after_another_and_goes_on_where_it_stopped(settings: Any) -> None:
    order = ProblemOrder.over(settings(steps=5, problems=CURRICULUM, order="file"), {"easy": 5, "hard": 3})
    carried = fresh_carried()
    assert batches(order, carried) == [[0, 1], [2, 3], [5, 6], [4, 0], [1, 2]]
    assert carried["drawn"] == {"easy": 8, "hard": 2}
    with pytest.raises(IndexError, match="step 6 of 5"):
        order.next(2, carried)


@pytest.mark.parametrize("at", range(6))
def test_a_copy_of_what_is_carried_looks_ahead(settings: Any, at: int) -> None:
    order = ProblemOrder.over(settings(steps=5, problems=CURRICULUM), {"easy": 5, "hard": 3})
    whole, carried = batches(order, fresh_carried()), fresh_carried()
    before = batches(order, carried, at) if at else []
    if at < 5:
        assert [order.next(2, dict(carried)) for _ in range(2)] == [whole[at]] * 2
    assert before + (batches(order, carried, 5 - at) if at < 5 else []) == whole


def test_dynamic_sampling_draws_from_the_set_of_its_step(settings: Any) -> None:
    order = ProblemOrder.over(settings(steps=5, problems=CURRICULUM, order="file"), {"easy": 5, "hard": 3})
    carried = fresh_carried() | {"collected": 1}
    assert [order.next(2, carried), order.next(1, carried)] == [[0, 1], [2]]
    carried["collected"] += 1
    assert order.next(2, carried) == [5, 6]


def test_a_job_counts_its_sets_in_their_files(tmp_path: Path) -> None:
    sets: list[list[Problem]] = [problems(5), problems(3)]
    files = [str(tmp_path / f"{number}.parquet") for number in range(2)]
    for file, problem_set in zip(files, sets, strict=True):
        write_problems(file, problem_set)
    job = job_of(tmp_path, "direct_rl", {"problems": files}, problems=CURRICULUM)
    assert ProblemOrder.of(job, list(chain(*sets))).sizes == {"easy": 5, "hard": 3}
    job = job_of(tmp_path, "direct_rl")
    assert ProblemOrder.of(job, problems(4)).sizes == {"train": 4}


def test_a_set_that_fills_no_batch_is_told(settings: Any) -> None:
    with pytest.raises(GradusError, match="hard has 1 problems, which fill no batch of 2"):
        ProblemOrder.over(settings(problems=CURRICULUM, drop_last=True), {"easy": 5, "hard": 1})
