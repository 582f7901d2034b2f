"""Two ranks that pretrain on a text beside a process alone: the same losses and weights, and a run that is resumed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from training.ranks.processes import Processes
from training.ranks.runs import Killed, trained
from training.text_runs import run, save_shards


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    made = Processes(tmp_path_factory.mktemp("pair"), 2)
    yield made
    made.close()


def run_until(root: Path, shards: Path, step: int) -> None:
    """A run that ends with nothing said as it is about to update the weights for this step."""
    from itertools import count
    from unittest.mock import patch

    from gradus.training.optimizer import Optimizer

    numbers, update = count(1), Optimizer.step

    def stop(self: Optimizer, learning_rate: float) -> float:
        if next(numbers) == step:
            raise Killed
        return update(self, learning_rate)

    with patch.object(Optimizer, "step", stop):
        try:
            run(root, shards)
        except Killed:
            return
    raise AssertionError(f"it has not come to step {step}")


@pytest.mark.slow
def test_two_ranks_do_what_one_process_does(pair: Processes, tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    save_shards(shards)
    alone = run(tmp_path / "one", shards)
    first, second = pair.call(run, tmp_path / "two", shards)
    assert first == second
    assert len(first) == len(alone)
    for one, two in zip(alone, first, strict=True):
        assert one == pytest.approx(two, rel=1e-4)
    weights, others = trained(tmp_path / "one/out"), trained(tmp_path / "two/out")
    for name, tensor in weights.items():
        torch.testing.assert_close(tensor, others[name], atol=2e-4, rtol=0)

    pair.call(run_until, tmp_path / "resumed", shards, 5)
    assert pair.call(run, tmp_path / "resumed", shards) == [first, second]
    again = trained(tmp_path / "resumed/out")
    assert all(torch.equal(tensor, again[name]) for name, tensor in others.items())
