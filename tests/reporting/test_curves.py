"""What each learning curve takes from a row of metrics."""

import pytest

from gradus.reporting.curves import REINFORCEMENT

ROW = {
    "reward": 0.5,
    "held_out_reward": 0.25,
    "kl": 0.01,
    "entropy": 2.0,
    "completion_tokens": 30.0,
    "truncated": 0.125,
    "no_answer": 0.0625,
    "unknown": 0.03125,
    "groups": 8,
    "groups_without_signal": 2,
    "grad_norm": 0.75,
}
VALUES = {name: value for name, _, value in REINFORCEMENT}


def test_every_curve_takes_its_own_value() -> None:
    assert {name: value(ROW) for name, value in VALUES.items()} == {
        "reward": 0.5,
        "held-out-reward": 0.25,
        "kl": 0.01,
        "entropy": 2.0,
        "length": 30.0,
        "truncated": 0.125,
        "no-answer": 0.0625,
        "unknown": 0.03125,
        "without-signal": 0.25,  # of 8 groups 2
        "gradient": 0.75,
    }


@pytest.mark.parametrize("row", [{}, {"groups": 0, "groups_without_signal": 0}, {"groups": 8}, {"kl": float("nan")}])
def test_what_a_row_does_not_have_is_no_point(row: dict[str, float]) -> None:
    assert {value(row) for value in VALUES.values()} == {None}
