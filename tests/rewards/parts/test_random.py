from rewards.made_completion import completion, value


def test_the_random_reward_depends_on_the_seed_alone() -> None:
    right = [value("random", completion(seed=seed)) for seed in range(400)]
    wrong = [value("random", completion("\\boxed{9} and on", seed=seed, finish_reason="length")) for seed in range(400)]
    assert right == wrong
    assert set(right) == {0.0, 1.0}
    assert 0.4 < sum(right) / 400 < 0.6
    assert right[:8] == [1, 0, 0, 0, 1, 1, 0, 0]  # the same in every version: runs are compared across versions
