"""The reward in a study file: short and long forms, presets, inheritance, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.specs.training import GrpoSpec
from study.made_study import spec_of, study

RL = {"from": "base", "stage": "grpo", "problems": "train"}


def parts(folder: Path, name: str, **experiments: dict[str, Any]) -> dict[str, Any]:
    """The reward's parts in the spec of an experiment, with the experiments of the small study changed."""
    changes = [(f"experiments.{key}", value) for key, value in experiments.items()]
    return spec_of(Graph(study(folder, *changes)), f"models/{name}", GrpoSpec).rewards


def weights(found: dict[str, Any]) -> dict[str, float]:
    return {part: settings["weight"] for part, settings in found.items()}


def refusal(folder: Path, rewards: Any) -> str:
    with pytest.raises(GradusError) as caught:
        study(folder, ("experiments.rl", RL | {"rewards": rewards}))
    (line,) = str(caught.value).splitlines()
    return line.partition("experiments.rl.")[2]


def test_a_bare_number_is_a_weight(tmp_path: Path) -> None:
    short = parts(tmp_path, "rl", rl=RL | {"rewards": {"correct": 1, "short": 0.1, "random": 0.5}})
    long = parts(tmp_path, "rl", rl=RL | {"rewards": {"random": 0.5, "correct": 1.0, "short": {"weight": 0.1}}})
    assert short == long
    assert list(short) == list(long) == ["correct", "random", "short"]
    assert short["correct"] == {"weight": 1.0}
    assert short["short"] == {"weight": 0.1, "words": 150, "wrong_only": False}


@pytest.mark.parametrize(("algorithm", "overlong"), [("grpo", {}), ("dr_grpo", {}), ("dapo", {"overlong_ramp": 0.5})])
def test_the_algorithm_says_what_the_study_does_not(tmp_path: Path, algorithm: str, overlong: dict[str, float]) -> None:
    preset = {"correct": 1.0} | overlong
    assert weights(parts(tmp_path, "rl", rl=RL | {"algorithm": algorithm})) == preset
    assert weights(parts(tmp_path, "rl", rl=RL | {"algorithm": algorithm, "rewards": None})) == preset
    stated = RL | {"algorithm": algorithm, "rewards": {"random": 1.0}}
    assert weights(parts(tmp_path, "rl", rl=stated)) == {"random": 1.0}


def test_a_child_changes_adds_and_takes_away_parts(tmp_path: Path) -> None:
    ramp = {"weight": 1, "cache": 20}
    rl = RL | {"rewards": {"correct": 1, "short": 0.1, "overlong_ramp": ramp}}
    child = {"from": "sft", "inherits": "rl"}
    child |= {"rewards": {"short": None, "partial": 0.3, "overlong_ramp": {"cache": 30}, "correct": 2}}
    found = parts(tmp_path, "sft_rl", rl=rl, sft_rl=child)
    assert weights(found) == {"correct": 2, "partial": 0.3, "overlong_ramp": 1}
    assert found["overlong_ramp"]["cache"] == 30
    # A child of a child that takes away what is already gone still has none of it.
    grandchild = {"from": "sft", "inherits": "sft_rl", "rewards": {"short": None, "partial": None}}
    found = parts(tmp_path, "again", rl=rl, sft_rl=child, again=grandchild)
    assert weights(found) == {"correct": 2, "overlong_ramp": 1}
    back = child | {"rewards": None, "algorithm": "dapo"}
    assert weights(parts(tmp_path, "sft_rl", rl=rl, sft_rl=back)) == {"correct": 1.0, "overlong_ramp": 0.5}


def test_a_part_without_weight_is_still_one(tmp_path: Path) -> None:
    assert weights(parts(tmp_path, "rl", rl=RL | {"rewards": {"correct": 0, "short": 1}})) == {"correct": 0, "short": 1}


@pytest.mark.parametrize(
    ("rewards", "line"),
    [
        ({"correct": 1, "repetitions": 1}, "rewards.repetitions: unknown key; did you mean repetition?"),
        ({"correct": 1, "zzz": 1}, "rewards.zzz: unknown key; remove it"),
        ({"correct": 1, "short": {"wrods": 9, "weight": 1}}, "rewards.short.wrods: unknown key; did you mean words?"),
        ({"correct": "much"}, "rewards.correct: expected a number, not 'much'"),
        ({"correct": 1, "short": "much"}, "rewards.short: expected a number, or a mapping with the weight"),
        ({"correct": 1, "short": True}, "rewards.short: expected a number, or a mapping with the weight"),
        ({"correct": 1, "repetition": -0.3}, "rewards.repetition: has to be at least 0, not -0.3"),
        ({"correct": 1, "short": {"words": 9}}, "rewards.short.weight: this key is required"),
        ({"correct": 1, "shows_work": {"weight": 1, "marks": []}}, "rewards.shows_work.marks: expected 1 or more"),
        ({"partial": 0.3}, "rewards: no part of this reward judges the answer"),
        ({"correct": None}, "rewards: no part of this reward judges the answer"),
        ({}, "rewards: no part of this reward judges the answer"),
        ({"correct": 0, "short": 0}, "rewards: no part of this reward has a weight above 0"),
        ({"correct": 1, "overlong_ramp": {"weight": 1, "cache": 97}}, "rewards.overlong_ramp.cache: has to be at most"),
        (["correct"], "rewards: expected a mapping of keys"),
    ],
)
def test_a_reward_that_is_wrong_is_one_line(tmp_path: Path, rewards: Any, line: str) -> None:
    assert refusal(tmp_path, rewards).startswith(line)
