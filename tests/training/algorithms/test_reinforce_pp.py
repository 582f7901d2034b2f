"""REINFORCE++ with a baseline: advantages worked by hand."""

import pytest
import torch

from gradus.training.algorithm import load_algorithm

ALGORITHM = load_algorithm("reinforce_pp")


def test_the_batch_has_one_deviation() -> None:
    """Centred, the groups are 1/2, -1/2, 1/2, -1/2 and 3/4, -1/4, -1/4, -1/4: their squares add up to 1 + 3/4."""
    rewards = torch.tensor([[1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    centred = [[0.5, -0.5, 0.5, -0.5], [0.75, -0.25, -0.25, -0.25]]
    deviation = (1.75 / 7) ** 0.5
    advantages = ALGORITHM.advantages(rewards, True)
    assert advantages.tolist() == [pytest.approx([x / (deviation + 1e-4) for x in row]) for row in centred]
    assert ALGORITHM.advantages(rewards, False).tolist() == [pytest.approx(row) for row in centred]


def test_a_group_without_a_signal_lowers_the_deviation_and_so_raises_the_others() -> None:
    mixed, same = [1.0, 0.0], [1.0, 1.0]
    alone, beside = (ALGORITHM.advantages(torch.tensor(rows), True) for rows in ([mixed], [mixed, same]))
    assert alone[0].tolist() == pytest.approx([x / (0.5**0.5 + 1e-4) for x in (0.5, -0.5)])
    assert beside[0].tolist() == pytest.approx([x / ((0.5 / 3) ** 0.5 + 1e-4) for x in (0.5, -0.5)])
    assert beside[1].abs().max() == 0


def test_a_batch_without_any_signal_has_advantages_of_zero() -> None:
    assert ALGORITHM.advantages(torch.full((2, 3), 0.3), True).abs().max() == 0


def test_the_preset_has_the_estimate_whose_gradient_is_that_of_the_reverse_kl() -> None:
    assert (ALGORITHM.preset.kl_estimator, ALGORITHM.preset.kl_coef > 0) == ("k2", True)
