"""Domain tokens in the prompts of benchmarks, and the table of how much they are used."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.specs.evaluation import MakeTokenUseTableSpec, ScoreSamplesSpec
from gradus.specs.sampling import SampleBenchmarkSpec
from study.made_study import spec_of, study

TOKENS = {"kind": "multiplication", "up_to": 5}
MODELS = (
    ("models.mul", {"of": "base", "tokens": TOKENS}),
    ("models.plain", {"of": "base", "tokens": {**TOKENS, "reserved": True}}),
    ("models.more", {"of": "mul", "tokens": {"kind": "list", "name": "words", "tokens": ["<THUS>"]}}),
    ("experiments.with_tokens", {"from": "mul", "stage": "sft", "traces": ["custom"]}),
    ("experiments.reserved", {"from": "plain", "stage": "none"}),
    ("experiments.two", {"from": "more", "stage": "none"}),
)


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    return Graph(study(tmp_path, *MODELS, ("benchmarks.easy.inject", True), ("benchmarks.hard.inject", "strict")))


@pytest.mark.parametrize(
    ("experiment", "modes"), [("with_tokens", ["weak"]), ("two", ["weak"]), ("reserved", []), ("baseline", [])]
)
def test_a_model_is_asked_with_the_tokens_that_it_writes(graph: Graph, experiment: str, modes: list[str]) -> None:
    here = f"{experiment}/easy"
    specs: list[Any] = [spec_of(graph, f"samples/{here}", SampleBenchmarkSpec)]
    specs.append(spec_of(graph, f"eval/{here}", ScoreSamplesSpec))
    for found in specs:
        assert [one.mode for one in found.prompt.inject] == modes
        assert [(one.kind, one.up_to) for one in found.prompt.inject] == [("multiplication", 5) for _ in modes]
    modules = graph.jobs[f"samples/{here}"].modules
    assert ("gradus.vocabulary.kinds.multiplication" in modules) == bool(modes)


def test_the_mode_of_a_benchmark(graph: Graph) -> None:
    (inject,) = spec_of(graph, "samples/with_tokens/hard", SampleBenchmarkSpec).prompt.inject
    assert inject.mode == "strict"


def test_prompts_stay_where_the_benchmark_says_nothing(tmp_path: Path) -> None:
    graph = Graph(study(tmp_path, *MODELS))
    assert spec_of(graph, "samples/with_tokens/easy", SampleBenchmarkSpec).prompt.inject == []


@pytest.mark.parametrize("models", [(), MODELS[1:2], MODELS[1:2] + MODELS[4:5]])
def test_a_benchmark_that_nobody_is_asked_with_tokens(tmp_path: Path, models: tuple[Any, ...]) -> None:
    with pytest.raises(GradusError, match=r"benchmarks\.easy\.inject: no model that is asked writes domain tokens"):
        study(tmp_path, *models, ("benchmarks.easy.inject", "weak"))


def test_the_table_is_of_studies_whose_models_have_tokens(graph: Graph, tmp_path: Path) -> None:
    job = graph.jobs["domain_tokens"]
    settings = spec_of(graph, "domain_tokens", MakeTokenUseTableSpec)
    assert list(settings.runs) == ["baseline", "sft", "rl", "sft_rl", "with_tokens", "reserved", "two"]
    assert settings.benchmarks == ["easy", "hard"]
    assert "results/small/eval/with_tokens/hard.json" in job.reads["evals"]
    assert "domain_tokens" not in Graph(study(tmp_path / "other")).jobs
