"""RL on the service teaches: a toy task is learned with every seed, and as well as by the torch backend."""

from statistics import mean, stdev

import pytest
from jobs import Jobs
from serving import Server

pytestmark = pytest.mark.slow
SEEDS = (1, 2, 3)
TASK = {"rewards": {"shows_work": {"weight": 1.0, "marks": ["7"], "wrong_only": False}}}
COURSE = TASK | {"steps": 12, "learning_rate": 1e-2, "checkpoint_every": 12}
T_95 = 4.303
"""Student's t for two degrees of freedom, two-sided 95%."""


@pytest.fixture(scope="module")
def rewards(server: Server, tiny_base, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[float]]]:
    """The reward of each step, for each seed, on the service and here. A completion earns 1 where it has a 7 in it."""
    jobs = Jobs(tmp_path_factory.mktemp("rewards"), tiny_base, server.url)
    courses: dict[str, list[list[float]]] = {"rl": [], "rl_here": []}
    for name, seen in courses.items():
        for seed in SEEDS:
            jobs.training(name, **COURSE, seed=seed).succeed()
            seen.append([row["reward"] for row in jobs.metrics(name)])
    return courses


def test_the_reward_rises_with_every_seed(rewards: dict[str, list[list[float]]]) -> None:
    """From about 1 in 7. A policy that learns nothing has a standard error of 5 points over the last three steps."""
    for course in rewards["rl"]:
        assert course[0] < 0.4
        assert mean(course[-3:]) > course[0] + 0.3


def test_both_backends_reach_the_same_reward(rewards: dict[str, list[list[float]]]) -> None:
    """The mean over seeds of either is in the other's interval. Gradients are scaled otherwise there, seeds differ."""
    reached = {name: [mean(course[-3:]) for course in courses] for name, courses in rewards.items()}
    for one, other in (("rl", "rl_here"), ("rl_here", "rl")):
        half = T_95 * stdev(reached[one]) / len(SEEDS) ** 0.5
        assert abs(mean(reached[other]) - mean(reached[one])) < half, reached
