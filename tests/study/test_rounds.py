"""Two rounds of rejection sampling in one build, and RL on what the second one solves: `pocket_rounds.yaml`."""

from itertools import pairwise
from pathlib import Path

import pytest

from gradus.graph.graph import Graph
from gradus.graph.order import Order
from gradus.specs.problems import KeepProblemsSpec, MakeProblemsSpec
from study.made_study import spec_of

STUDY = Path(__file__).resolve().parents[2] / "config/pocket_rounds.yaml"


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph.read(STUDY)


def test_each_round_learns_from_what_the_one_before_wrote(graph: Graph) -> None:
    before = Order(graph).before
    way = ["models/base", "traces/own_1.completions", "traces/own_1", "models/round_1", "traces/own_2.completions"]
    way += ["traces/own_2", "models/round_2", "problems/medium.completions", "problems/medium", "models/rounds_then_rl"]
    for earlier, later in pairwise(way):
        assert earlier in before[later], f"{later} does not wait for {earlier}"


def test_the_first_round_is_no_row_and_the_rl_is_asked_two_benchmarks(graph: Graph) -> None:
    asked: dict[str, list[str]] = {}
    for job in graph.of_stages("score_samples"):
        _, experiment, benchmark = job.name.split("/")
        asked.setdefault(experiment, []).append(benchmark)
    assert asked["rounds_then_rl"] == ["pocket500", "pocket30"]
    assert {name: len(of) for name, of in asked.items()} == {
        **{"baseline": 4, "direct_rl": 4, "round_2": 4},
        "rounds_then_rl": 2,
    }


def test_problems_are_chosen_by_the_second_round_and_have_steps(graph: Graph) -> None:
    chosen = spec_of(graph, "problems/medium", KeepProblemsSpec)
    assert (chosen.by, chosen.pass_rate) == ("round_2", [0.1, 0.9])
    assert spec_of(graph, "problems/train", MakeProblemsSpec).steps
