"""DAPO's ramp by hand, and against TRL's own."""

import pytest

from rewards.made_completion import completion, value


@pytest.mark.parametrize(
    ("tokens", "cache", "expected"),
    [
        (0, 20, 0.0),
        (80, 20, 0.0),
        (81, 20, -0.05),
        (90, 20, -0.5),
        (100, 20, -1.0),
        (50, 100, -0.5),
        (99, 1, 0.0),
        (100, 1, -1.0),
        (80, None, 0.0),  # a fifth of 100
        (90, None, -0.5),
    ],
)
def test_the_ramp_by_hand(tokens: int, cache: int | None, expected: float) -> None:
    assert value("overlong_ramp", completion(tokens=tokens), cache=cache) == pytest.approx(expected)


def test_the_ramp_of_a_limit_below_five_tokens() -> None:
    assert [value("overlong_ramp", completion(tokens=n, max_tokens=3)) for n in (1, 2, 3)] == [0, 0, -1]


def test_the_ramp_is_that_of_trl() -> None:
    rewards = pytest.importorskip("trl.rewards", reason="trl is not installed")
    theirs = rewards.get_soft_overlong_punishment(max_completion_len=100, soft_punish_cache=30)
    ours = [value("overlong_ramp", completion(tokens=n), cache=30) for n in range(101)]
    assert ours == pytest.approx(theirs(completion_ids=[[0] * n for n in range(101)]))
