"""Rewards: each part, their weights, and a control that knows nothing."""

from gradus.rewards.compose import reward_parts, weighted_sum

TEXTS = ["\\boxed{4}", "\\boxed{5}", "four"]


def test_parts_and_their_sum():
    parts = reward_parts(["correct", "format"], TEXTS, ["4", "4", "4"], [1, 2, 3], ["boxed"])
    assert parts == {"correct": [1.0, 0.0, 0.0], "format": [0.0, 0.0, -1.0]}
    assert weighted_sum(parts, {"correct": 1.0, "format": 0.5}) == [1.0, 0.0, -0.5]


def test_the_random_reward_depends_on_the_seed_alone():
    right = reward_parts(["random"], ["\\boxed{4}"] * 400, ["4"] * 400, range(400), ["boxed"])["random"]
    wrong = reward_parts(["random"], ["\\boxed{9}"] * 400, ["4"] * 400, range(400), ["boxed"])["random"]
    assert right == wrong
    assert set(right) == {0.0, 1.0}
    assert 0.4 < sum(right) / 400 < 0.6
