"""Environments in a study file: where the prompt has one, who can have several turns, and what job loads it."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.specs.prompts import EnvironmentSpec
from study.made_study import study

CALCULATOR = {"environment": "calculator", "max_turns": 3}
MODULE = "gradus.environments.kinds.calculator"
RL = {"from": "base", "stage": "grpo", "problems": "train"}


def refusals(folder: Path, *changes: tuple[str, Any]) -> list[str]:
    with pytest.raises(GradusError) as caught:
        study(folder, *changes)
    return str(caught.value).splitlines()


def test_an_environment_is_of_the_prompt_and_each_place_may_have_another(tmp_path: Path) -> None:
    changes = [
        ("prompt", CALCULATOR),
        ("benchmarks.hard.prompt", {"environment": None}),
        ("experiments.sft_rl.prompt", {"max_turns": 2}),
        ("traces.custom.teacher_prompt", {"environment": None}),
    ]
    jobs = Graph(study(tmp_path, *changes)).jobs
    found = {
        name: (job.settings.prompt.environment, MODULE in job.modules)  # type: ignore[attr-defined]
        for name, job in jobs.items()
        if job.stage in ("sample_benchmark", "sample_traces", "grpo")
    }
    three, two = (EnvironmentSpec(name="calculator", max_turns=turns) for turns in (3, 2))
    assert found["models/rl"] == (three, True)
    assert found["models/sft_rl"] == (two, True)
    assert found["samples/rl/easy"] == found["samples/rl/easy.votes"] == (three, True)
    assert found["samples/rl/hard"] == found["traces/custom.completions"] == (None, False)
    made = jobs["traces/custom"].settings
    assert made.prompt.environment is None  # type: ignore[attr-defined]  its turns are there already


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("experiments.rl.backend", "tinker"), "experiments.rl.backend: backend: tinker has one turn"),
        (("benchmarks.easy.sampler", "tinker"), "benchmarks.easy.prompt: sampler: tinker has one turn"),
        (("traces.custom.sampler", "tinker"), "traces.custom.sampler: sampler: tinker has one turn"),
    ],
)
def test_who_has_one_turn_alone_is_refused(tmp_path: Path, change: tuple[str, Any], words: str) -> None:
    changes = [("prompt", CALCULATOR), ("experiments.sft_rl", None), ("models.base.tinker", "some/model"), change]
    lines = refusals(tmp_path, *changes)
    (line,) = (line for line in lines if "one turn" in line)
    assert words in line
    assert "and environment in the prompt asks for several; set" in line
    assert "or environment: null there" in line


def test_an_environment_that_is_not_there(tmp_path: Path) -> None:
    (line,) = refusals(tmp_path, ("prompt", {"environment": "search"}))
    assert "prompt.environment" in line
    assert "calculator" in line


def test_a_reward_of_calls_needs_an_environment(tmp_path: Path) -> None:
    rewards = ("experiments.rl", RL | {"rewards": {"correct": 1, "tool_success": 0.2}})
    (line,) = refusals(tmp_path, rewards)
    assert "experiments.rl.rewards.tool_success: nothing answers calls here; set environment in the prompt" in line
    study(tmp_path, rewards, ("experiments.rl.prompt", CALCULATOR))


def test_calls_of_a_trace_set_are_made_by_code_that_others_do_not_load(tmp_path: Path) -> None:
    products = {"source": "pocket_products", "size": 10}
    sets = {"kind": "solutions", "problems": "products"}
    jobs = Graph(
        study(
            tmp_path,
            ("problems.products", products),
            ("traces.plain", sets),
            ("traces.tools", sets | {"calculator": True}),
        )
    ).jobs
    assert "gradus.traces.calls" in jobs["traces/tools"].modules
    assert "gradus.traces.calls" not in jobs["traces/plain"].modules


def test_calls_in_a_corpus_are_made_by_code_that_other_models_do_not_load(tmp_path: Path) -> None:
    jobs = Graph(study(tmp_path, ("models.base", {"corpus": {"products": 0.5}}))).jobs
    assert jobs["tokenizers/base"].modules == jobs["corpora/base"].modules == ("gradus.traces.documents",)
    assert jobs["tokenizers/teacher"].modules == jobs["corpora/teacher"].modules == ()


def test_preferences_are_between_single_turns(tmp_path: Path) -> None:
    judged = {"kind": "judged", "teacher": "base", "problems": "train"}
    dpo = {"from": "base", "stage": "dpo", "backend": "trl", "traces": ["judged"]}
    changes = [("traces.judged", judged), ("experiments.dpo", dpo)]
    study(tmp_path, *changes)
    (line,) = refusals(tmp_path, *changes, ("traces.judged.teacher_prompt", CALCULATOR))
    assert "experiments.dpo.traces.0: 'judged' has solutions of several turns" in line
    assert line.endswith("set environment: null in its teacher_prompt")
